//! Runs the commands of the quickstart and the guides against a real server.
//!
//! The `sh` blocks of a page form one script. Its environment has `URL`, the `KEY`, the
//! `PUBLISHABLE_KEY` and the id (`TENANT`) of a new tenant with the users `ada` and `grace`,
//! `ADMIN_URL` and the `ADMIN_TOKEN` of an owner, and `GRAPH`, a fake of the Graph API. A block
//! marked `sh no-test` is not run, for example because it starts a server. A `curl` that receives an
//! error status fails the page.

#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use testkit::fake_graph::FakeGraph;
use testkit::{DataDir, Engine, ServerProcess, Tenant, TestAdmin, Tier};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// Pages, and directories of pages, whose commands are run.
const PAGES: &[&str] = &[
    "docs/quickstart.md",
    "docs/guides",
    "docs/operating/administration.md",
];

/// Makes `curl` fail on error statuses.
const PRELUDE: &str =
    "set -euo pipefail\ncurl() { command curl --silent --show-error --fail-with-body \"$@\"; }\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_of_guides_succeed() {
    let fake = FakeGraph::start().await;
    let data_dir = DataDir::new(Engine::Sqlite).await;
    let data_dir = data_dir.with("CAAS_META_GRAPH_URL", &fake.url);
    let server = ServerProcess::start(&data_dir).await;
    let owner = TestAdmin::owner(&server, "owner@example.com").await;
    let environment = |tenant: &Tenant| {
        [
            ("URL", server.url()),
            ("KEY", tenant.key.clone()),
            ("PUBLISHABLE_KEY", tenant.publishable_key.clone()),
            ("TENANT", tenant.id.clone()),
            ("GRAPH", fake.url.clone()),
            ("ADMIN_URL", server.admin_url()),
            ("ADMIN_TOKEN", owner.token.clone()),
        ]
    };
    let mut failed = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let tenant = Tenant::create(&server, "guide", Tier::Free).await;
        for user in ["ada", "grace"] {
            tenant.person(user).await;
        }
        let script = format!("{PRELUDE}{}", script(&text));
        if let Err(output) = run(&script, environment(&tenant)).await {
            failed.push(format!("{}:\n{output}", page.display()));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut pages: Vec<PathBuf> = PAGES
        .iter()
        .flat_map(|page| pages_at(&root.join(page)))
        .collect();
    pages.sort();
    assert!(pages.len() > 1, "the guides are missing");
    pages
}

fn pages_at(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect()
}

/// Returns the blocks to run as one script.
fn script(page: &str) -> String {
    let mut script = String::new();
    let mut block = None;
    for line in page.lines() {
        match (block, line.strip_prefix("```")) {
            (None, Some(language)) => block = Some(language.trim() == "sh"),
            (Some(_), Some(_)) => block = None,
            (Some(true), None) => script.extend([line, "\n"]),
            _ => {}
        }
    }
    script
}

async fn run(script: &str, environment: [(&str, String); 7]) -> Result<(), String> {
    let mut bash = Command::new("bash");
    bash.args(["-s"]).envs(environment).kill_on_drop(true);
    let mut bash = bash
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    bash.stdin
        .take()
        .unwrap()
        .write_all(script.as_bytes())
        .await
        .unwrap();
    let output = bash.wait_with_output().await.unwrap();
    if output.status.success() {
        return Ok(());
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Err(format!("{}{}", text(&output.stdout), text(&output.stderr)))
}

#[test]
fn only_shell_blocks_without_a_mark_are_run() {
    let page =
        "```sh\none\n```\ntext\n```sh no-test\ntwo\n```\n```json\n{}\n```\n```sh\nthree\n```\n";
    assert_eq!(script(page), "one\nthree\n");
}
