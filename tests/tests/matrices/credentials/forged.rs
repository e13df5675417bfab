use base::Context;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;
use testkit::{TestUser, World};

/// Returns a token that names our application but is signed with another tenant's secret.
pub async fn forged(world: &World, person: &TestUser) -> String {
    let words = [
        "app",
        "create",
        "--tenant",
        &world.other_tenant.id,
        "--name",
        "forger",
    ];
    let application = world
        .server
        .command(&words)
        .await
        .expect("an application can be made");
    let secret = application["signing_secret"]
        .as_str()
        .expect("an application has a secret");
    let now = Context::system().now().seconds();
    let claims = json!({"iat": now, "exp": now + 3_600, "sub": person.id});
    let header = Header {
        kid: Some(format!("{}.1", world.tenant.app)),
        ..Header::new(Algorithm::HS256)
    };
    encode(
        &header,
        &claims,
        &EncodingKey::from_secret(secret.as_bytes()),
    )
    .expect("a token can be signed")
}
