use serde_json::Value;
use testkit::{DataDir, Engine, ServerProcess};

use crate::harness::{Server, binary, caas, caas_in, outcome};

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Runs every command once, each on the results of the commands before it.
async fn every_command(run: impl AsyncFn(&[&str]) -> Value) {
    let tenant = run(&["tenant", "create", "--name", "Acme", "--tier", "pro"]).await;
    let id = text(&tenant["id"]);
    assert_eq!(
        (text(&tenant["status"]), text(&tenant["tier"])),
        ("active", "pro")
    );
    let app = run(&["app", "create", "--tenant", id]).await;
    let app_id = text(&app["id"]);
    assert!(text(&app["signing_secret"]).starts_with("caas_ss_"));
    let shown = run(&["tenant", "show", id]).await;
    assert_eq!(shown["applications"][0]["id"], app["id"]);
    assert_eq!(shown["applications"][0].get("signing_secret"), None);

    let origin = ["--origin", "https://app.example", "--token-seconds", "3600"];
    let updated = run(&[
        &["app", "update", "--tenant", id, "--app", app_id],
        origin.as_slice(),
    ]
    .concat())
    .await;
    assert_eq!(
        (text(&updated["origins"][0]), &updated["version"]),
        ("https://app.example", &Value::from(2))
    );
    assert_eq!(updated["settings"]["token_seconds"], 3_600);
    let rotated = run(&["app", "rotate-secret", "--tenant", id, "--app", app_id]).await;
    assert_eq!(text(&rotated["key_id"]), format!("{app_id}.2"));
    assert_ne!(rotated["signing_secret"], app["signing_secret"]);

    let key = run(&[
        "key",
        "create",
        "--tenant",
        id,
        "--app",
        app_id,
        "--scopes",
        "users:read,messages:write",
    ])
    .await;
    assert!(text(&key["key"]).starts_with("caas_sk_"));
    let revoked = run(&["key", "revoke", text(&key["id"])]).await;
    let listed = run(&["key", "list", "--tenant", id]).await;
    assert_eq!(listed["data"][0], revoked);
    assert!(revoked["revoked_at"].is_string());

    let token = run(&[
        "token",
        "--tenant",
        id,
        "--app",
        app_id,
        "--user",
        "ext:alice",
    ])
    .await;
    assert_eq!(text(&token["token"]).split('.').count(), 3);

    assert_eq!(run(&["tenant", "suspend", id]).await["status"], "suspended");
    assert_eq!(run(&["tenant", "resume", id]).await["status"], "active");
    let tenants = run(&["tenant", "list"]).await;
    assert!(
        tenants["data"]
            .as_array()
            .unwrap()
            .iter()
            .any(|listed| listed["id"] == tenant["id"])
    );
    assert!(run(&["migrate"]).await["migrated_places"].as_u64().unwrap() >= 3);
    assert!(run(&["schema"]).await["data"].as_array().unwrap().len() > 10);
}

#[tokio::test]
async fn every_command_works_on_a_free_folder() {
    let folder = tempfile::tempdir().unwrap();
    every_command(async |arguments| caas_in(folder.path(), arguments).await).await;
}

#[tokio::test]
async fn every_command_works_while_the_folder_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["--no-demo"]).await;
    every_command(async |arguments| caas_in(folder.path(), arguments).await).await;
    assert!(server.stop().await);
    let after = caas_in(folder.path(), &["tenant", "list"]).await;
    assert_eq!(after["data"][0]["name"], "Acme");
}

#[tokio::test]
async fn every_command_works_on_mongodb_beside_a_server() {
    if !Engine::MongoDb.covered() {
        return;
    }
    let data_dir = DataDir::new(Engine::MongoDb).await;
    let mut server = ServerProcess::start(&data_dir).await;
    every_command(async |arguments| server.command(arguments).await.unwrap()).await;
    assert!(server.stop().await);
    data_dir.clear().await;
}

#[tokio::test]
async fn a_list_is_paged_by_its_last_tenant() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["A", "B", "C"] {
        caas_in(
            folder.path(),
            &["tenant", "create", "--name", name, "--tier", "free"],
        )
        .await;
    }
    let first = caas_in(folder.path(), &["tenant", "list", "--limit", "2"]).await;
    assert_eq!(first["has_more"], true);
    let last = text(&first["data"][1]["id"]);
    let second = caas_in(folder.path(), &["tenant", "list", "--after", last]).await;
    assert_eq!(
        (
            second["data"].as_array().unwrap().len(),
            &second["data"][0]["name"]
        ),
        (1, &Value::from("C"))
    );
}

#[tokio::test]
async fn a_refusal_is_the_same_whether_the_folder_is_served_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().to_str().unwrap();
    let unknown = [
        "tenant",
        "show",
        "clnt_00010203feff060708090a0b",
        "--json",
        "--data-dir",
        data_dir,
    ];
    let alone = caas(&unknown).await;
    let _server = Server::start(folder.path(), &["--no-demo"]).await;
    let served = caas(&unknown).await;
    assert!(!alone.success && !served.success);
    assert!(
        alone.stderr.contains("tenant_not_found"),
        "{}",
        alone.stderr
    );
    assert_eq!(alone.stderr, served.stderr);
}

#[tokio::test]
async fn another_tenants_application_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let create = async |name| {
        caas_in(
            folder.path(),
            &["tenant", "create", "--name", name, "--tier", "free"],
        )
        .await
    };
    let ours = create("Ours").await;
    let theirs = create("Theirs").await;
    let app = caas_in(
        folder.path(),
        &["app", "create", "--tenant", text(&theirs["id"])],
    )
    .await;
    let data_dir = folder.path().to_str().unwrap();
    let key = [
        "key",
        "create",
        "--tenant",
        text(&ours["id"]),
        "--app",
        text(&app["id"]),
        "--data-dir",
        data_dir,
    ];
    assert!(
        caas(&key)
            .await
            .stderr
            .contains("The tenant has no such application.")
    );
}

#[tokio::test]
async fn without_json_the_answer_is_text() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().to_str().unwrap();
    let outcome = caas(&[
        "tenant",
        "create",
        "--name",
        "Acme",
        "--tier",
        "free",
        "--data-dir",
        data_dir,
    ])
    .await;
    assert!(
        outcome
            .stdout
            .lines()
            .any(|line| line == "name        Acme"),
        "{}",
        outcome.stdout
    );
}

#[tokio::test]
async fn an_answer_that_cannot_be_written_is_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().to_str().unwrap();
    let create = [
        "tenant",
        "create",
        "--name",
        "Acme",
        "--tier",
        "free",
        "--data-dir",
        data_dir,
    ];
    for arguments in [&create[..], &["config-reference"], &["--help"]] {
        let full = std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let lost = outcome(binary().args(arguments).stdout(full)).await;
        assert!(!lost.success, "{arguments:?}");
        assert!(
            arguments == ["--help"] || lost.stderr.contains("could not be written"),
            "{}",
            lost.stderr
        );
    }
    let out = folder.path().join("archive.zip");
    let tenant = caas_in(folder.path(), &["tenant", "list"]).await["data"][0].clone();
    assert_eq!(tenant["name"], "Acme", "the command was carried out");
    let export = [
        "user",
        "export",
        "--tenant",
        text(&tenant["id"]),
        "--user",
        "ext:nobody",
        "--out",
    ];
    let refused = caas(
        &[
            &export[..],
            &[out.to_str().unwrap(), "--data-dir", data_dir],
        ]
        .concat(),
    )
    .await;
    assert!(!refused.success && !out.exists());
}
