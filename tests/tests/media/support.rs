//! Uploads and downloads of the stories.

use std::io::Cursor;

use reqwest::Method;
use serde_json::Value;
use testkit::api::{Answer, Client};
use testkit::{TestUser, eventually};

/// A picture that the tests upload.
pub fn picture() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image::RgbImage::from_fn(640, 480, |x, y| image::Rgb([low(x), low(y), 128]))
        .write_to(&mut bytes, image::ImageFormat::Png)
        .expect("an image");
    bytes.into_inner()
}

fn low(number: u32) -> u8 {
    u8::try_from(number % 256).unwrap_or_default()
}

/// Uploads a file in one request.
pub async fn upload(
    client: &Client,
    fields: &[(&str, &str)],
    name: &str,
    content_type: &str,
    content: &[u8],
) -> Answer {
    let mut body = Vec::new();
    for (field, text) in fields {
        let part =
            format!("--X\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{text}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let head = format!(
        "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: {content_type}\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(content);
    body.extend_from_slice(b"\r\n--X--\r\n");
    let request = client
        .request(Method::POST, "/v1/files")
        .header("content-type", "multipart/form-data; boundary=X")
        .body(body);
    Answer::read(request.send().await.expect("a response"))
        .await
        .expect("a body")
}

/// Uploads a picture and waits until it is ready.
pub async fn ready_picture(person: &TestUser) -> Value {
    let file = upload(&person.api, &[], "cat.png", "image/png", &picture())
        .await
        .expect(201);
    ready(&person.api, &file).await
}

pub async fn ready(api: &Client, file: &Value) -> Value {
    let path = format!("/v1/files/{}", id(file));
    eventually("the file is ready", async || {
        api.get(&path).await.expect(200)["state"] == "ready"
    })
    .await;
    api.get(&path).await.expect(200)
}

pub fn id(object: &Value) -> &str {
    object["id"].as_str().expect("an id")
}

/// Returns status and bytes of a response.
pub async fn download(client: &Client, path: &str, range: Option<&str>) -> (u16, Vec<u8>) {
    let mut request = client.request(Method::GET, path);
    if let Some(range) = range {
        request = request.header("range", range);
    }
    let response = request.send().await.expect("a response");
    let status = response.status().as_u16();
    (status, response.bytes().await.expect("a body").to_vec())
}

pub async fn send(person: &TestUser, conversation: &str, message: Value) -> Answer {
    let path = format!("/v1/conversations/{conversation}/messages");
    person.api.post(&path, message).await
}

/// A resumable upload of the picture.
pub struct Tus {
    pub client: Client,
    pub location: String,
    pub file: Value,
}

impl Tus {
    /// Asks for an upload of so many bytes; `content_type` is in Base64.
    pub async fn create(client: &Client, length: usize, content_type: &str) -> Answer {
        client
            .with("tus-resumable", "1.0.0")
            .with("upload-length", &length.to_string())
            .with("upload-metadata", &format!("filetype {content_type}"))
            .call(Method::POST, "/v1/uploads", None)
            .await
    }

    /// Starts an upload.
    pub async fn start(person: &TestUser) -> Self {
        let client = person.api.with("tus-resumable", "1.0.0");
        let started = client
            .with("upload-length", &picture().len().to_string())
            .with(
                "upload-metadata",
                "filename Y2F0LnBuZw==,filetype aW1hZ2UvcG5n",
            )
            .call(Method::POST, "/v1/uploads", None)
            .await;
        let location = started.header("location").expect("a location").to_owned();
        Self {
            client,
            location,
            file: started.expect(201),
        }
    }

    /// Appends bytes at an offset.
    pub async fn append(&self, offset: usize, bytes: &[u8], checksum: Option<&str>) -> Answer {
        let mut request = self
            .client
            .request(Method::PATCH, &self.location)
            .header("content-type", "application/offset+octet-stream")
            .header("upload-offset", offset)
            .body(bytes.to_vec());
        if let Some(checksum) = checksum {
            request = request.header("upload-checksum", checksum);
        }
        let response = request.send().await.expect("a response");
        Answer::read(response).await.expect("a body")
    }
}
