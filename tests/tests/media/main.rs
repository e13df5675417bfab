//! Uploaded files: upload, attachment, access, resumption, quota and deletion.

#![cfg(test)]

mod faults;
mod services;
mod support;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::api::Client;
use testkit::socket::{Cursors, Socket};
use testkit::{World, eventually};

use support::{Tus, download, id, picture, ready, ready_picture, send, upload};

testkit::stories!(
    an_attached_file_is_read_by_participants_only,
    a_file_follows_its_message,
    a_resumable_upload_continues_where_it_was_cut,
    a_message_is_updated_when_its_file_is_ready,
    links_and_avatars_need_no_credentials,
    a_false_claim_is_rejected_and_active_content_is_downloaded,
    files_are_listed_and_deleted,
    settings_decide_what_is_uploaded,
);

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
    assert_eq!(world.alice.api.delete(&message).await.status, 204);
    world
        .bob
        .api
        .get(&of(&second))
        .await
        .refuses(404, "file_not_found");
    let listed = world.bob.api.get(&files).await.expect(200);
    assert_eq!(listed["data"], json!([]));
}

/// Bytes that arrived are kept, and the upload continues at their end. Other bytes are rejected.
async fn a_resumable_upload_continues_where_it_was_cut(world: World) {
    let content = picture();
    let half = content.len() / 2;
    let tus = Tus::start(&world.alice).await;
    assert_eq!(tus.file["state"], "uploading");
    assert_eq!(tus.file["name"], "cat.png");
    let hash = "sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let wrong = tus.append(0, &content[..half], Some(hash)).await;
    assert_eq!((wrong.status, wrong.code()), (460, "checksum_mismatch"));
    let first = tus.append(0, &content[..half], None).await;
    assert_eq!(first.header("upload-offset"), Some(&*half.to_string()));
    tus.append(0, &content, None)
        .await
        .refuses(409, "upload_offset_mismatch");
    let head = tus.client.call(Method::HEAD, &tus.location, None).await;
    assert_eq!(head.header("upload-offset"), Some(&*half.to_string()));
    world
        .bob
        .api
        .get(&tus.location)
        .await
        .refuses(404, "upload_not_found");
    tus.append(half, &[content.as_slice(), b"more"].concat(), None)
        .await
        .refuses(413, "payload_too_large");
    assert_eq!(tus.append(half, &content[half..], None).await.status, 204);
    ready(&world.alice.api, &tus.file).await;
    let path = format!("/v1/files/{}/content", id(&tus.file));
    let (status, bytes) = download(&world.alice.api, &path, None).await;
    assert_eq!((status, bytes == content), (200, true));
}

/// A message that holds a file before it is ready is sent again when it is.
async fn a_message_is_updated_when_its_file_is_ready(world: World) {
    let group = world.tenant.group(&[&world.alice, &world.bob]).await;
    let tus = Tus::start(&world.alice).await;
    let mut bob = Socket::resume(
        &world.server.url(),
        &world.bob.token,
        "phone",
        Cursors::default(),
    )
    .await;
    assert_eq!(tus.append(0, &picture(), None).await.status, 204);
    let sent = send(
        &world.alice,
        &group,
        json!({"attachments": [{"file_id": id(&tus.file)}]}),
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
    assert_eq!((status, bytes == picture()), (200, true));
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
    let large = vec![0; 17 << 20];
    upload(alice, &[], "a", "application/zip", &large)
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

/// A signed link and an avatar are read without credentials, until the message or the picture is
/// replaced.
async fn links_and_avatars_need_no_credentials(world: World) {
    let group = world.tenant.group(&[&world.alice, &world.bob]).await;
    let anyone = Client::new(&world.server.url());
    let file = ready_picture(&world.alice).await;
    let sent = send(
        &world.alice,
        &group,
        json!({"attachments": [{"file_id": id(&file)}]}),
    )
    .await
    .expect(201);
    let link = |message: Value| json!({"links": [{"file_id": id(&file), "variant": "64", "message_id": message}]});
    let bob = &world.bob.api;
    let signed = bob
        .post("/v1/files/links", link(sent["id"].clone()))
        .await
        .expect(200);
    let path = signed["data"][0]["path"].as_str().expect("a path");
    let (status, bytes) = download(&anyone, path, None).await;
    assert_eq!((status, &bytes[..3]), (200, &[0xff, 0xd8, 0xff][..]));
    let changed = format!("{}A", &path[..path.len() - 1]);
    anyone.get(&changed).await.refuses(403, "link_invalid");
    let message = format!("/v1/messages/{}", id(&sent));
    assert_eq!(world.alice.api.delete(&message).await.status, 204);
    anyone.get(path).await.refuses(403, "link_invalid");
    let mut paths = Vec::new();
    for _ in 0..2 {
        let purpose = [("purpose", "avatar")];
        let avatar = upload(bob, &purpose, "me.png", "image/png", &picture()).await;
        let avatar = ready(bob, &avatar.expect(201)).await;
        let set = format!("/v1/users/{}/avatar", world.bob.id);
        let body = json!({"file_id": id(&avatar)});
        let user = bob.call(Method::PUT, &set, Some(body)).await.expect(200);
        paths.push(user["avatar_url"].as_str().expect("a path").to_owned());
    }
    assert_eq!(download(&anyone, &paths[1], None).await.0, 200);
    let profile = format!("/v1/users/{}/profile", world.bob.id);
    let profile = world.alice.api.get(&profile).await.expect(200);
    let thumbnail = profile["avatar_thumbnail_url"].as_str().expect("a path");
    assert_eq!(download(&anyone, thumbnail, None).await.0, 200);
    eventually("the previous avatar is removed", async || {
        anyone.get(&paths[0]).await.status == 404
    })
    .await;
}

/// The tenant's settings bound sizes and types, and whether messages attach URLs.
async fn settings_decide_what_is_uploaded(world: World) {
    let server = &world.tenant.api;
    let alice = &world.alice.api;
    let settings = json!({
        "max_file_bytes": 1_000,
        "allowed_file_types": ["image/*", "text/plain"],
        "denied_file_types": ["image/gif"],
        "attachment_urls": false,
    });
    let changed = server.patch("/v1/settings", settings).await.expect(200);
    assert_eq!(changed["max_file_bytes"], 1_000);
    let text = upload(alice, &[], "a.txt", "text/plain", b"text").await;
    assert_eq!(text.status, 201);
    upload(alice, &[], "a.txt", "text/plain", &[b'x'; 1_001])
        .await
        .refuses(413, "payload_too_large");
    for (name, content_type, content) in [
        ("a.pdf", "application/pdf", &b"%PDF-1.7"[..]),
        ("a.gif", "image/gif", b"GIF89a"),
        // Its content decides, not what the client states.
        ("a.txt", "text/plain", b"GIF89a\x01\0\x01\0\0\0\0;"),
    ] {
        upload(alice, &[], name, content_type, content)
            .await
            .refuses(422, "file_type_not_allowed");
    }
    // `text/plain` and `application/pdf` in Base64.
    Tus::create(alice, 1_001, "dGV4dC9wbGFpbg==")
        .await
        .refuses(413, "payload_too_large");
    Tus::create(alice, 10, "YXBwbGljYXRpb24vcGRm")
        .await
        .refuses(422, "file_type_not_allowed");
    let group = world.tenant.group(&[&world.alice, &world.bob]).await;
    let link = json!({"attachments": [{"url": "https://example.com/a.pdf"}]});
    let rejected = send(&world.alice, &group, link.clone()).await;
    rejected.refuses(400, "invalid_request");
    let invalid = json!({"allowed_file_types": ["images"]});
    let invalid = server.patch("/v1/settings", invalid).await;
    assert_eq!(
        invalid.body["errors"][0]["pointer"],
        "/allowed_file_types/0"
    );
    let open = json!({"attachment_urls": true});
    let opened = server.patch("/v1/settings", open).await;
    assert_eq!(opened.status, 200);
    let sent = send(&world.alice, &group, link).await;
    assert_eq!(sent.status, 201);
}
