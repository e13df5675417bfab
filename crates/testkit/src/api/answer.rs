use reqwest::header::HeaderMap;
use serde_json::Value;

/// A response of the server.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as sent.
    pub text: String,
    /// The body as JSON; null if it is not JSON.
    pub body: Value,
}

impl Answer {
    /// Reads a response with its whole body.
    ///
    /// # Errors
    /// Fails if the connection is lost before the end of the body.
    pub async fn read(response: reqwest::Response) -> reqwest::Result<Self> {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or_default();
        Ok(Self {
            status,
            headers,
            text,
            body,
        })
    }

    /// Returns the body of a response that must have this status.
    ///
    /// # Panics
    /// Panics with the body if the status is another one.
    #[must_use]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }

    /// Asserts that the response has this status.
    ///
    /// # Panics
    /// Panics with the body if it has not.
    pub fn has_status(self, status: u16) {
        let _ = self.expect(status);
    }

    /// Asserts that the response is a problem document with this status and code.
    ///
    /// # Panics
    /// Panics with the body if it is not.
    pub fn refuses(self, status: u16, code: &str) {
        assert_eq!((self.status, self.code()), (status, code), "{}", self.text);
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{}",
            self.text
        );
    }

    /// Returns the `code` of the problem document; empty if the body has none.
    #[must_use]
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// Returns the value of a header; `None` if it is absent or not text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}
