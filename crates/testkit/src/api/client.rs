use std::collections::HashMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use parking_lot::Mutex;
use reqwest::Method;
use rustls::crypto::ring::default_provider;
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;

use super::Answer;

/// Timeout of a request, longer than the server's own limit.
const PATIENCE: Duration = Duration::from_mins(1);

/// Connection pools by server address. Clients of one server share a pool and differ in their
/// headers only.
static POOLS: LazyLock<Mutex<HashMap<String, reqwest::Client>>> = LazyLock::new(Mutex::default);

#[expect(
    clippy::disallowed_methods,
    reason = "the one client of the tests, with its timeout"
)]
pub(crate) fn pool() -> reqwest::Client {
    // Servers under test are reached without TLS; reqwest requires a provider nevertheless.
    let tls = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider supports TLS")
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none());
    builder.build().expect("an HTTP client")
}

/// Drops the idle connections to an address.
///
/// Required when a server stops: a request on a connection to the stopped server fails with
/// "connection reset".
pub(crate) fn drop_connections(base: &str) {
    POOLS.lock().remove(base);
}

/// An API client with its credentials.
#[derive(Debug, Clone)]
pub struct Client {
    base: String,
    headers: Vec<(String, String)>,
}

impl Client {
    /// Creates a client without credentials for a server's address.
    #[must_use]
    pub fn new(base: &str) -> Self {
        Self {
            base: base.to_owned(),
            headers: Vec::new(),
        }
    }

    /// Returns a client with an API key or a user token.
    #[must_use]
    pub fn bearer(&self, credential: &str) -> Self {
        self.with("authorization", &format!("Bearer {credential}"))
    }

    /// Returns a client that acts as a user, given by id or as `ext:…`.
    #[must_use]
    pub fn acting_as(&self, user: &str) -> Self {
        self.with("caas-user", user)
    }

    /// Returns a client that sends a header, in place of an earlier one of the same name.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let others = self
            .headers
            .iter()
            .filter(|(known, _)| known != name)
            .cloned();
        let headers = others
            .chain([(name.to_owned(), value.to_owned())])
            .collect();
        Self {
            base: self.base.clone(),
            headers,
        }
    }

    /// Sends a GET request.
    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    /// Sends a POST request.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    /// Sends a PATCH request.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PATCH, path, Some(body)).await
    }

    /// Sends a PUT request without a body.
    pub async fn put(&self, path: &str) -> Answer {
        self.call(Method::PUT, path, None).await
    }

    /// Sends a DELETE request.
    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None).await
    }

    /// Sends a request that must receive a response.
    ///
    /// # Panics
    /// Panics if no response is received.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let expectation = format!("{method} {path} returns a response");
        self.attempt(method, path, body).await.expect(&expectation)
    }

    /// Sends a request that may receive no response, as in fault tests.
    ///
    /// # Errors
    /// Fails if no response is received.
    pub async fn attempt(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> reqwest::Result<Answer> {
        let request = body.map_or_else(
            || self.request(method.clone(), path),
            |body| self.request(method.clone(), path).json(&body),
        );
        Answer::read(request.send().await?).await
    }

    /// Returns a request builder, for bodies other than JSON.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let pool = POOLS
            .lock()
            .entry(self.base.clone())
            .or_insert_with(pool)
            .clone();
        let request = pool.request(method, format!("{}{path}", self.base));
        self.headers.iter().fold(request, |request, (name, value)| {
            request.header(name, value)
        })
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
    use tokio::net::TcpListener;

    use super::*;

    /// Responds to each request with the number of its connection.
    async fn number_connections(listener: TcpListener) {
        for number in 1.. {
            let (stream, _) = listener.accept().await.expect("a connection");
            tokio::spawn(async move {
                let mut stream = BufReader::new(stream);
                let mut line = String::new();
                while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
                    if line.ends_with("\r\n\r\n") {
                        let answer =
                            format!("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n{number}");
                        stream
                            .write_all(answer.as_bytes())
                            .await
                            .expect("the client reads");
                        line.clear();
                    }
                }
            });
        }
    }

    #[tokio::test]
    async fn no_connection_is_reused_after_a_restart() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(number_connections(listener));
        let client = Client::new(&base);
        assert_eq!(client.get("/").await.text, "1");
        assert_eq!(client.get("/").await.text, "1");
        drop_connections(&base);
        assert_eq!(client.get("/").await.text, "2");
    }
}
