//! User tokens: the effect of revocations and erasures, and the origins from which they are
//! accepted.

#![cfg(test)]

use std::time::{Duration, Instant};

use base::Context;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use testkit::api::Client;
use testkit::socket::Socket;
use testkit::{World, eventually};

/// How long an erasure may take.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Signs tokens as the tenant's own server does.
struct Signer {
    key_id: String,
    secret: String,
}

impl Signer {
    /// Creates a signer with a new secret of the application.
    async fn of(world: &World) -> Self {
        let words = [
            "app",
            "rotate-secret",
            "--tenant",
            &world.tenant.id,
            "--app",
            &world.tenant.app,
        ];
        let application = world.server.command(&words).await.expect("a secret");
        let signer = Self::with(&application);
        // Another process has rotated it, and the server receives a change event.
        eventually("the server has the new secret", async || {
            let token = signer.sign(&world.alice.external_id, 0.0);
            answer(world, &token).await.0 == 200
        })
        .await;
        signer
    }

    fn with(application: &Value) -> Self {
        let text = |name: &str| application[name].as_str().expect("a text").to_owned();
        Self {
            key_id: text("key_id"),
            secret: text("signing_secret"),
        }
    }

    /// Returns a token that was issued so many seconds from now.
    fn sign(&self, user: &str, from_now: f64) -> String {
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds of this century are exact"
        )]
        let issued = Context::system().now().seconds() as f64 + from_now;
        let claims = json!({"user_id": user, "iat": issued, "exp": issued + 3_600.0});
        let header = Header {
            kid: Some(self.key_id.clone()),
            ..Header::new(Algorithm::HS256)
        };
        encode(
            &header,
            &claims,
            &EncodingKey::from_secret(self.secret.as_bytes()),
        )
        .expect("a token")
    }
}

async fn mint(world: &World, user: &str) -> String {
    let minted = world
        .tenant
        .api
        .post(&format!("/v1/users/{user}/tokens"), json!({}))
        .await
        .expect(201);
    minted["token"].as_str().expect("a token").to_owned()
}

/// Returns the status and the error code of a request with the token.
async fn answer(world: &World, token: &str) -> (u16, String) {
    let answer = Client::new(&world.server.url())
        .bearer(token)
        .get("/v1/unread")
        .await;
    let code = serde_json::from_str::<Value>(&answer.text)
        .ok()
        .and_then(|body| Some(body["code"].as_str()?.to_owned()));
    (answer.status, code.unwrap_or_default())
}

fn revoked() -> (u16, String) {
    (401, "credential_revoked".to_owned())
}

testkit::stories!(
    a_revocation_ends_each_earlier_token_and_no_later_one,
    token_from_before_an_erasure_creates_no_user,
    an_origin_is_checked_with_each_credential,
);

/// A revocation ends tokens of a clock that is ahead, and tokens minted in the same second before
/// it.
async fn a_revocation_ends_each_earlier_token_and_no_later_one(world: World) {
    let signer = Signer::of(&world).await;
    for (user, path) in [
        ("ada", "/v1/users/ext:ada/tokens/revoke"),
        ("eve", "/v1/tokens/revoke"),
    ] {
        let ahead = signer.sign(user, 30.25);
        let name = format!("ext:{user}");
        assert_eq!(answer(&world, &ahead).await.0, 200);
        let mut socket = Socket::open(&world.server.url(), &ahead).await;
        let mut tokens = vec![ahead];
        for _ in 0..2 {
            tokens.push(mint(&world, &name).await);
            let answered = world.tenant.api.post(path, json!({})).await.expect(200);
            assert!(
                answered["usable_from"]
                    .as_str()
                    .is_some_and(|time| time.contains(".000")),
                "{answered}"
            );
            for token in &tokens {
                assert_eq!(answer(&world, token).await, revoked());
            }
            assert_eq!(answer(&world, &mint(&world, &name).await).await.0, 200);
        }
        let closed = loop {
            match socket.next().await {
                Ok(_) => {}
                Err(closed) => break closed,
            }
        };
        assert_eq!(
            (closed.code, closed.reason.as_str()),
            (Some(4003), "credential_revoked")
        );
    }
}

/// A token from before an erasure neither creates the user again nor belongs to a later user with
/// that external id.
async fn token_from_before_an_erasure_creates_no_user(world: World) {
    let signer = Signer::of(&world).await;
    let ahead = signer.sign("ada", 30.0);
    assert_eq!(answer(&world, &ahead).await.0, 200);
    let erasure = world
        .tenant
        .api
        .post("/v1/users/ext:ada/erasure", json!({}))
        .await
        .expect(202);
    let path = format!("/v1/erasures/{}", erasure["id"].as_str().expect("an id"));
    let begun = Instant::now();
    while world.tenant.api.get(&path).await.expect(200)["status"] != "done" {
        assert!(begun.elapsed() < TIMEOUT, "the erasure does not end");
        assert_ne!(answer(&world, &ahead).await.0, 200);
    }
    assert_eq!(answer(&world, &ahead).await, revoked());
    assert_eq!(world.tenant.api.get("/v1/users/ext:ada").await.status, 404);
    world.tenant.person("ada").await;
    assert_eq!(answer(&world, &ahead).await, revoked());
}

/// The allowed origins are those of each credential's application.
async fn an_origin_is_checked_with_each_credential(world: World) {
    let tenant = &world.tenant.id;
    let application = |name: &'static str, origin: &'static str| {
        let words = [
            "app", "create", "--tenant", tenant, "--name", name, "--origin", origin,
        ];
        let caas = &world.server;
        async move { Signer::with(&caas.command(&words).await.expect("an application")) }
    };
    let ours = application("ours", "https://Ours.example:443").await;
    let theirs = application("theirs", "https://theirs.example").await;
    let page = Client::new(&world.server.url()).with("Origin", "https://ours.example");
    let refused = page
        .bearer(&theirs.sign("eve", 0.0))
        .get("/v1/unread")
        .await;
    assert_eq!(refused.expect(403)["code"], "origin_not_allowed");
    assert_eq!(world.tenant.api.get("/v1/users/ext:eve").await.status, 404);
    assert_eq!(
        page.bearer(&ours.sign("ada", 0.0))
            .get("/v1/unread")
            .await
            .status,
        200
    );

    let mut socket = Socket::connect_from(&world.server.url(), "https://ours.example")
        .await
        .expect("a connection");
    socket
        .send(json!({"t": "hello", "token": ours.sign("ada", 0.0)}))
        .await;
    socket.wait_for("ready").await;
    let foreign = socket
        .ask(json!({"t": "auth", "ref": "1", "token": theirs.sign("ada", 0.0)}))
        .await;
    assert_eq!(foreign["code"], "origin_not_allowed", "{foreign}");
    let fresh = socket
        .ask(json!({"t": "auth", "ref": "2", "token": ours.sign("ada", 1.0)}))
        .await;
    assert_eq!(fresh["t"], "ok", "{fresh}");
}
