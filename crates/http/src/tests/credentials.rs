//! The table operation × credential, which is committed.

use std::fmt::Write;

use base::Id;
use domain::platform::{ApiKey, NewKey, Scopes, create_key, revoke_key};

use super::scene::Scene;
use super::world::{Answer, Company, World};
use crate::{Operation, operations};

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/credentials.md");

const HEAD: &str = "# Who may call what

What each operation answers each credential, asked about a conversation that the user ada owns. Written by
`CAAS_WRITE=1 cargo test -p http-api credentials`, compared by the same test without `CAAS_WRITE`.

";

/// A credential and the headers that show it.
struct Credential {
    name: &'static str,
    headers: Vec<(&'static str, String)>,
}

#[tokio::test]
async fn every_operation_answers_every_credential_as_the_table_says() {
    let world = World::new();
    let acme = world.company("Acme").await;
    world.people(&acme, &["ada", "bob", "gone"]).await;
    let keys = Keys::new(&world, &acme).await;
    let mut table = HEAD.to_owned();
    for operation in operations() {
        let credentials = credentials(&world, &acme, &keys).await;
        if table.ends_with("\n\n") {
            let names: Vec<_> = credentials.iter().map(|credential| credential.name).collect();
            writeln!(table, "| operation | {} |\n|---|{}", names.join(" | "), "---|".repeat(names.len())).unwrap();
        }
        let answers = row(&world, &acme, &operation, &credentials).await;
        writeln!(table, "| `{}` {} | {} |", operation.method, operation.path, answers.join(" | ")).unwrap();
    }
    if std::env::var_os("CAAS_WRITE").is_some() {
        std::fs::write(TABLE, &table).unwrap();
    }
    let committed = std::fs::read_to_string(TABLE).unwrap_or_default();
    for (committed, now) in committed.lines().zip(table.lines()) {
        assert_eq!(committed, now);
    }
    assert_eq!(committed.lines().count(), table.lines().count());
}

/// What an operation answers each credential. What was changed is not asked again.
async fn row(world: &World, acme: &Company, operation: &Operation, credentials: &[Credential]) -> Vec<String> {
    let mut answers = Vec::new();
    let mut untouched: Option<Scene> = None;
    for credential in credentials {
        let scene = match untouched.take() {
            Some(scene) => scene,
            None => Scene::new(world, acme).await,
        };
        let answer = asked(world, &scene, operation, credential).await;
        untouched = (!answer.status.is_success()).then_some(scene);
        let code = answer.body["code"].as_str().unwrap_or_default();
        answers.push(format!("{} {code}", answer.status.as_u16()).trim_end().to_owned());
    }
    answers
}

async fn asked(world: &World, scene: &Scene, operation: &Operation, credential: &Credential) -> Answer {
    let sample = scene.sample(operation).unwrap_or_else(|| panic!("no sample for {}", operation.id));
    let mut call = world.call(sample.method.as_str(), &sample.path);
    for (name, value) in &credential.headers {
        call = call.header(name, value);
    }
    match &sample.body {
        Some(body) => call.json(body).await,
        None => call.send().await,
    }
}

/// Keys of which only the reading one is good.
struct Keys {
    revoked: String,
    expired: String,
    reading: String,
}

impl Keys {
    async fn new(world: &World, acme: &Company) -> Self {
        let scopes = ["users:read", "conversations:read", "messages:read", "tokens:read", "settings:read"];
        let (id, revoked) = key(world, acme, "revoked", Scopes::ALL, None).await;
        revoke_key(&world.store.platform(), id).await.unwrap();
        let soon = world.store.context().now().plus_millis(60_000);
        let (_, expired) = key(world, acme, "expired", Scopes::ALL, Some(soon)).await;
        world.clock.advance(120_000);
        let (_, reading) = key(world, acme, "reading", Scopes::parse(&scopes).unwrap(), None).await;
        Self { revoked, expired, reading }
    }
}

async fn credentials(world: &World, acme: &Company, keys: &Keys) -> Vec<Credential> {
    let foreign = world.company("Umbrella").await;
    let bearer = |name, text: &str| Credential { name, headers: vec![("authorization", format!("Bearer {text}"))] };
    let ada = token(world, acme, "ada").await;
    world.as_key(acme, "POST", "/v1/users/ext:gone/reactivate").send().await;
    let gone = token(world, acme, "gone").await;
    world.as_key(acme, "POST", "/v1/users/ext:gone/deactivate").send().await;
    let mut acting = bearer("key as ada", &acme.key);
    acting.headers.push(("caas-user", "ext:ada".to_owned()));
    vec![
        Credential { name: "none", headers: Vec::new() },
        bearer("malformed", "nonsense"),
        bearer("revoked key", &keys.revoked),
        bearer("expired key", &keys.expired),
        bearer("deactivated user's token", &gone),
        bearer("foreign key", &foreign.key),
        bearer("reading key", &keys.reading),
        bearer("full key", &acme.key),
        acting,
        bearer("ada's token", &ada),
    ]
}

async fn key(
    world: &World,
    company: &Company,
    name: &str,
    scopes: Scopes,
    expires_at: Option<base::Timestamp>,
) -> (Id<ApiKey>, String) {
    let new = NewKey { application: company.application, name: name.to_owned(), scopes, expires_at };
    let created = create_key(&world.store.platform(), new).await.unwrap();
    (created.key.id, created.text.to_string())
}

async fn token(world: &World, company: &Company, user: &str) -> String {
    let minted = world.as_key(company, "POST", &format!("/v1/users/ext:{user}/tokens")).send().await;
    minted.text("/token").to_owned()
}
