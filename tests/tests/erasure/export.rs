use std::io::{Cursor, Read};

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{TestUser, World};
use zip::ZipArchive;

use super::{CANARY, carol, live};

testkit::stories!(an_archive_holds_everything_about_a_user);

/// The archive has all that Carol wrote and nothing of others, over HTTP and by the command.
async fn an_archive_holds_everything_about_a_user(world: World) {
    let carol = carol(&world.tenant).await;
    let group = world.tenant.group(&[&carol, &world.alice]).await;
    live(&carol, &group, &world.alice).await;
    world.alice.say(&group, "alices own words").await;
    let archive = download(&world, &carol).await;
    let manifest: Value =
        serde_json::from_str(&text(&archive, "manifest.json")).expect("a manifest");
    assert_eq!(manifest["user_id"], json!(carol.id));
    for file in manifest["files"].as_array().expect("files") {
        let lines = text(&archive, file["name"].as_str().expect("a name"))
            .lines()
            .count();
        assert_eq!(Some(lines as u64), file["documents"].as_u64(), "{file}");
    }
    let messages = text(&archive, "messages.jsonl");
    assert!(
        messages.contains(&format!("{CANARY} again")) && !messages.contains("alices"),
        "{messages}"
    );
    let user: Value = serde_json::from_str(&text(&archive, "users.jsonl")).expect("a user");
    assert_eq!(
        (&user["id"], &user["name"]),
        (&json!(carol.id), &json!(format!("{CANARY} name")))
    );
    for collection in ["conversation_participants", "reactions", "read_receipts"] {
        assert!(
            text(&archive, &format!("{collection}.jsonl")).contains(&carol.id),
            "{collection}"
        );
    }
    assert_eq!(
        by_command(&world, &carol).await,
        text(&archive, "users.jsonl")
    );
}

async fn download(world: &testkit::World, person: &TestUser) -> Vec<u8> {
    let request = world
        .tenant
        .api
        .request(Method::GET, &format!("/v1/users/{}/export", person.id));
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "application/zip");
    answer.bytes().await.expect("a whole body").to_vec()
}

/// Returns the text of a file of the archive.
fn text(archive: &[u8], name: &str) -> String {
    let mut archive = ZipArchive::new(Cursor::new(archive)).expect("a zip");
    let mut text = String::new();
    archive
        .by_name(name)
        .expect("the file is there")
        .read_to_string(&mut text)
        .expect("text");
    text
}

/// Exports the user with the operator's command and returns the `users.jsonl` of the archive.
///
/// Asserts that the command does not overwrite an existing file.
async fn by_command(world: &testkit::World, person: &TestUser) -> String {
    let out = world.server.data_dir().path().join("archive.zip");
    let path = out.to_str().expect("a path");
    let words = [
        "user",
        "export",
        "--tenant",
        &world.tenant.id,
        "--user",
        &person.id,
        "--out",
        path,
    ];
    world.server.command(&words).await.expect("it is exported");
    assert!(
        world.server.command(&words).await.is_err(),
        "a file that is there stays"
    );
    text(&std::fs::read(out).expect("the archive"), "users.jsonl")
}
