//! Uploaded files: upload, attachment, access, resumption, quota and deletion.

#![cfg(test)]

use std::io::Cursor;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::api::{Answer, Client};
use testkit::socket::{Cursors, Socket};
use testkit::{Person, World, eventually};

testkit::stories!(
    an_attached_file_is_read_by_participants_only,
    a_file_follows_its_message,
    a_resumable_upload_continues_where_it_was_cut,
    a_false_claim_is_rejected_and_active_content_is_downloaded,
    files_are_listed_and_deleted,
);

/// A picture that the tests upload.
fn picture() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image::RgbImage::from_fn(640, 480, |x, y| image::Rgb([x as u8, y as u8, 128]))
        .write_to(&mut bytes, image::ImageFormat::Png)
        .expect("an image");
    bytes.into_inner()
}

/// Uploads a file in one request.
async fn upload(
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
async fn ready_picture(person: &Person) -> Value {
    let file = upload(&person.api, &[], "cat.png", "image/png", &picture())
        .await
        .expect(201);
    ready(&person.api, &file).await
}

async fn ready(api: &Client, file: &Value) -> Value {
    let path = format!("/v1/files/{}", id(file));
    eventually("the file is ready", async || {
        api.get(&path).await.expect(200)["state"] == "ready"
    })
    .await;
    api.get(&path).await.expect(200)
}

fn id(object: &Value) -> &str {
    object["id"].as_str().expect("an id")
}

/// Returns status and bytes of a response.
async fn download(client: &Client, path: &str, range: Option<&str>) -> (u16, Vec<u8>) {
    let mut request = client.request(Method::GET, path);
    if let Some(range) = range {
        request = request.header("range", range);
    }
    let response = request.send().await.expect("a response");
    let status = response.status().as_u16();
    (status, response.bytes().await.expect("a body").to_vec())
}

async fn send(person: &Person, conversation: &str, message: Value) -> Answer {
    let path = format!("/v1/conversations/{conversation}/messages");
    person.api.post(&path, message).await
}

/// The participants read a file by its message; other users, other tenants and participants who
/// were removed before do not.
async fn an_attached_file_is_read_by_participants_only(world: World) {
    let group = world.tenant.group(&[&world.alice, &world.bob]).await;
    let file = ready_picture(&world.alice).await;
    assert_eq!(
        (&file["type"], &file["content_type"]),
        (&json!("image"), &json!("image/png"))
    );
    let sent = send(
        &world.alice,
        &group,
        json!({"attachments": [{"file_id": id(&file), "caption": "A cat"}]}),
    )
    .await
    .expect(201);
    assert_eq!(sent["type"], "image");
    let attachment = &sent["attachments"][0];
    assert_eq!(
        (
            &attachment["state"],
            &attachment["name"],
            &attachment["caption"]
        ),
        (&json!("ready"), &json!("cat.png"), &json!("A cat"))
    );
    let path = attachment["path"].as_str().expect("a path");
    let (status, bytes) = download(&world.bob.api, path, None).await;
    assert_eq!((status, bytes == picture()), (200, true));
    let (status, bytes) = download(&world.bob.api, path, Some("bytes=1-3")).await;
    assert_eq!((status, &bytes[..]), (206, &b"PNG"[..]));
    let (status, _) = download(&world.bob.api, path, Some("bytes=99999999-")).await;
    assert_eq!(status, 416);
    let bare = format!("/v1/files/{}", id(&file));
    world
        .bob
        .api
        .get(&bare)
        .await
        .refuses(404, "file_not_found");
    let eve = world.tenant.person("eve").await;
    eve.api.get(path).await.refuses(404, "file_not_found");
    for stranger in [
        &world.stranger_from_other_tenant.api,
        &world.other_tenant.api,
    ] {
        stranger.get(path).await.refuses(404, "file_not_found");
    }
    // Only the uploader can attach a file.
    send(
        &world.bob,
        &group,
        json!({"attachments": [{"file_id": id(&file)}]}),
    )
    .await
    .refuses(400, "invalid_request");
}

/// A file that is removed from its message, or whose message is deleted, is not read by it any more.
async fn a_file_follows_its_message(world: World) {
    let group = world.tenant.group(&[&world.alice, &world.bob]).await;
    let first = ready_picture(&world.alice).await;
    let second = ready_picture(&world.alice).await;
    let attach = |file: &Value| json!([{"file_id": id(file)}]);
    let sent = send(
        &world.alice,
        &group,
        json!({"content": "look", "attachments": attach(&first)}),
    )
    .await
    .expect(201);
    let message = format!("/v1/messages/{}", id(&sent));
    let of = |file: &Value| format!("/v1/files/{}?message_id={}", id(file), id(&sent));
    drop(world.bob.api.get(&of(&first)).await.expect(200));
    let edited = world
        .alice
        .api
        .patch(&message, json!({"attachments": attach(&second)}))
        .await
        .expect(200);
    assert_eq!(edited["attachments"][0]["file_id"], second["id"]);
    world
        .bob
        .api
        .get(&of(&first))
        .await
        .refuses(404, "file_not_found");
    drop(world.bob.api.get(&of(&second)).await.expect(200));
    let files = format!("/v1/conversations/{group}/files");
    let listed = world.bob.api.get(&files).await.expect(200);
    assert_eq!(listed["data"][0]["file"]["id"], second["id"]);
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1));
    let audio = world
        .bob
        .api
        .get(&format!("{files}?type=audio"))
        .await
        .expect(200);
    assert_eq!(audio["data"], json!([]));
    assert_eq!(world.alice.api.delete(&message).await.status, 200);
    world
        .bob
        .api
        .get(&of(&second))
        .await
        .refuses(404, "file_not_found");
    let listed = world.bob.api.get(&files).await.expect(200);
    assert_eq!(listed["data"], json!([]));
}

/// Bytes that arrived before the connection was cut are kept, the upload continues at their end, and
/// the message that already holds the file is sent again when it is ready.
async fn a_resumable_upload_continues_where_it_was_cut(world: World) {
    let group = world.tenant.group(&[&world.alice, &world.bob]).await;
    let content = picture();
    let tus = world.alice.api.with("tus-resumable", "1.0.0");
    let start = tus
        .with("upload-length", &content.len().to_string())
        .with(
            "upload-metadata",
            "filename Y2F0LnBuZw==,filetype aW1hZ2UvcG5n",
        )
        .call(Method::POST, "/v1/uploads", None)
        .await;
    let location = start.header("location").expect("a location").to_owned();
    let file = start.expect(201);
    assert_eq!(
        (&file["state"], &file["name"]),
        (&json!("uploading"), &json!("cat.png"))
    );
    let append = async |offset: usize, bytes: &[u8], checksum: Option<&str>| {
        let mut request = tus
            .request(Method::PATCH, &location)
            .header("content-type", "application/offset+octet-stream")
            .header("upload-offset", offset)
            .body(bytes.to_vec());
        if let Some(checksum) = checksum {
            request = request.header("upload-checksum", checksum);
        }
        Answer::read(request.send().await.expect("a response"))
            .await
            .expect("a body")
    };
    let half = content.len() / 2;
    let wrong = append(
        0,
        &content[..half],
        Some("sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    )
    .await;
    assert_eq!((wrong.status, wrong.code()), (460, "checksum_mismatch"));
    let first = append(0, &content[..half], None).await;
    assert_eq!(first.header("upload-offset"), Some(&*half.to_string()));
    append(0, &content, None)
        .await
        .refuses(409, "upload_offset_mismatch");
    let head = tus.call(Method::HEAD, &location, None).await;
    assert_eq!(head.header("upload-offset"), Some(&*half.to_string()));
    world
        .bob
        .api
        .with("tus-resumable", "1.0.0")
        .call(Method::GET, &location, None)
        .await
        .refuses(404, "upload_not_found");
    append(half, &[content.as_slice(), b"more"].concat(), None)
        .await
        .refuses(413, "payload_too_large");
    let mut bob = Socket::resume(
        &world.server.url(),
        &world.bob.token,
        "phone",
        Cursors::default(),
    )
    .await;
    assert_eq!(append(half, &content[half..], None).await.status, 204);
    let sent = send(
        &world.alice,
        &group,
        json!({"attachments": [{"file_id": id(&file)}]}),
    )
    .await
    .expect(201);
    let event = bob
        .wait_until(|event| {
            let message = &event["data"];
            message["id"] == sent["id"] && message["attachments"][0]["state"] == "ready"
        })
        .await;
    let path = event["data"]["attachments"][0]["path"]
        .as_str()
        .expect("a path");
    let (status, bytes) = download(&world.bob.api, path, None).await;
    assert_eq!((status, bytes == content), (200, true));
}

/// An image must be one. SVG and HTML are downloads.
async fn a_false_claim_is_rejected_and_active_content_is_downloaded(world: World) {
    let alice = &world.alice.api;
    upload(alice, &[], "a.png", "image/png", b"<html>")
        .await
        .refuses(422, "content_type_mismatch");
    for (name, content_type) in [("a.html", "text/html"), ("a.svg", "image/svg+xml")] {
        let file = upload(
            alice,
            &[],
            name,
            content_type,
            b"<svg><script>1</script></svg>",
        )
        .await;
        let file = ready(alice, &file.expect(201)).await;
        assert_eq!(file["type"], "file");
        let answer = alice.get(&format!("/v1/files/{}/content", id(&file))).await;
        assert_eq!(
            answer.header("content-type"),
            Some("application/octet-stream")
        );
        let disposition = answer.header("content-disposition").expect("a disposition");
        assert!(disposition.starts_with("attachment;"), "{disposition}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
    upload(alice, &[("purpose", "branding")], "a", "text/plain", b"x")
        .await
        .refuses(403, "forbidden");
    upload(alice, &[("purpose", "cat")], "a", "text/plain", b"x")
        .await
        .refuses(400, "invalid_request");
    let (field, large) = ("a", vec![0; 17 << 20]);
    upload(alice, &[], field, "application/zip", &large)
        .await
        .refuses(413, "payload_too_large");
}

/// Users list their own files, servers all. A deleted file is shown as removed in its message.
async fn files_are_listed_and_deleted(world: World) {
    let group = world.tenant.group(&[&world.alice, &world.bob]).await;
    let files = join_all((0..3).map(|_| ready_picture(&world.alice))).await;
    let page = world
        .alice
        .api
        .get("/v1/files?type=image&limit=2")
        .await
        .expect(200);
    assert_eq!(
        (page["data"].as_array().map(Vec::len), &page["has_more"]),
        (Some(2), &json!(true))
    );
    assert_eq!(
        world.bob.api.get("/v1/files").await.expect(200)["data"],
        json!([])
    );
    let all = world.tenant.api.get("/v1/files").await.expect(200);
    assert_eq!(all["data"].as_array().map(Vec::len), Some(3));
    let usage = world.tenant.api.get("/v1/usage").await.expect(200);
    let expected = 3 * picture().len();
    assert_eq!(usage["data"][0]["used"], json!(expected));
    let file = &files[0];
    let sent = send(
        &world.alice,
        &group,
        json!({"attachments": [{"file_id": id(file)}]}),
    )
    .await
    .expect(201);
    let path = format!("/v1/files/{}", id(file));
    world
        .bob
        .api
        .delete(&path)
        .await
        .refuses(404, "file_not_found");
    assert_eq!(world.alice.api.delete(&path).await.status, 204);
    world
        .alice
        .api
        .get(&path)
        .await
        .refuses(404, "file_not_found");
    let message = format!("/v1/messages/{}", id(&sent));
    let shown = world.bob.api.get(&message).await.expect(200);
    assert_eq!(shown["attachments"][0]["state"], "removed");
    eventually("the file's storage is released", async || {
        let usage = world.tenant.api.get("/v1/usage").await.expect(200);
        usage["data"][1]["used"] == json!(2)
    })
    .await;
}
