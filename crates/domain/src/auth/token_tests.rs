//! Validation of user tokens: claims, signature, expiry and secrets.

use base::ErrorCode;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::revocation_tests::is_accepted;
use super::tests::{HOUR, mint, now, rejection, signed, token_for};
use crate::Actor;
use crate::erasure;
use crate::settings::{self, SettingsChanges};
use crate::tenants::{revoke_application_tokens, rotate_secret, signing_secret};
use crate::users::{resolve, revoke_tokens};
use crate::world::{World, ext, person};

#[tokio::test]
async fn first_token_of_an_unknown_user_creates_the_user() {
    let world = World::new();
    let acme = world.company("Acme").await;
    let token = token_for(&world, &acme, "ada").await;
    let caller = world
        .authenticator
        .authenticate_token(&token, None)
        .await
        .unwrap();
    let ada = resolve(&acme.tenant, &ext("ada")).await.unwrap();
    assert_eq!(
        (caller.actor, caller.tenant.id()),
        (Actor::User(ada.id), acme.tenant.id())
    );
    let changes = SettingsChanges {
        create_users: Some(false),
        ..SettingsChanges::default()
    };
    settings::update(&acme.tenant, changes, None).await.unwrap();
    assert!(
        world
            .authenticator
            .authenticate_token(&token, None)
            .await
            .is_ok()
    );
    assert_eq!(
        rejection(&world, &token_for(&world, &acme, "eve").await).await,
        ErrorCode::Unauthenticated
    );
}

#[tokio::test]
async fn token_from_before_an_erasure_creates_no_user() {
    let world = World::new();
    let acme = world.company("Acme").await;
    let before = token_for(&world, &acme, "ada").await;
    assert!(
        world
            .authenticator
            .authenticate_token(&before, None)
            .await
            .is_ok()
    );
    world.clock.advance(1_000);
    let erasure = erasure::request(&acme.tenant, &ext("ada")).await.unwrap();
    let mut run = erasure::ErasureJob::lease(&acme.tenant, &world.media, erasure.id)
        .await
        .unwrap()
        .unwrap();
    while run.step().await.unwrap() {}
    assert_eq!(rejection(&world, &before).await, ErrorCode::Revoked);
    world.clock.advance(61_000);
    assert!(
        world
            .authenticator
            .authenticate_token(&token_for(&world, &acme, "ada").await, None)
            .await
            .is_ok(),
        "a new token is accepted"
    );
}

#[tokio::test]
async fn token_with_two_subjects_or_a_long_lifetime_is_rejected() {
    let world = World::new();
    let acme = world.company("Acme").await;
    let ada = person(&acme.tenant, "ada").await;
    let at = now(&world);
    let bad = [
        json!({"user_id": "ada", "sub": ada, "iat": at, "exp": at + HOUR}),
        json!({"iat": at, "exp": at + HOUR}),
        json!({"user_id": "ada", "exp": at + HOUR}),
        json!({"user_id": "ada", "iat": at}),
        json!({"user_id": "ada", "iat": at, "exp": at + 24 * HOUR + 1}),
        json!({"user_id": "ada", "iat": at + 2 * HOUR, "exp": at + 3 * HOUR}),
        json!({"user_id": "no spaces", "iat": at, "exp": at + HOUR}),
        json!({"user_id": "ada", "iat": at, "exp": at + HOUR, "nbf": at + HOUR}),
        json!({"sub": "00010203feff060708090a0b", "iat": at, "exp": at + HOUR}),
    ];
    for claims in bad {
        let token = signed(&world, &acme, claims.clone()).await;
        assert_eq!(
            rejection(&world, &token).await,
            ErrorCode::Unauthenticated,
            "{claims}"
        );
    }
    let by_id = signed(
        &world,
        &acme,
        json!({"sub": ada, "iat": at, "exp": at + 24 * HOUR}),
    )
    .await;
    assert_eq!(
        world
            .authenticator
            .authenticate_token(&by_id, None)
            .await
            .unwrap()
            .actor,
        Actor::User(ada)
    );
}

#[tokio::test]
async fn token_with_another_algorithm_or_secret_is_rejected() {
    let world = World::new();
    let acme = world.company("Acme").await;
    let umbrella = world.company("Umbrella").await;
    let at = now(&world);
    let claims = json!({"user_id": "ada", "iat": at, "exp": at + HOUR});
    let ours = signing_secret(&world.key_ring, &acme.application).unwrap();
    let theirs = signing_secret(&world.key_ring, &umbrella.application).unwrap();
    let key = EncodingKey::from_secret(ours.secret.as_bytes());
    let kid = || Some(ours.key_id.clone());
    let foreign = EncodingKey::from_secret(theirs.secret.as_bytes());
    let forged = [
        encode(
            &Header {
                kid: kid(),
                ..Header::new(Algorithm::HS512)
            },
            &claims,
            &key,
        )
        .unwrap(),
        encode(
            &Header {
                kid: kid(),
                ..Header::new(Algorithm::HS256)
            },
            &claims,
            &foreign,
        )
        .unwrap(),
        encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap(),
        encode(
            &Header {
                kid: Some("app_x.1".to_owned()),
                ..Header::new(Algorithm::HS256)
            },
            &claims,
            &key,
        )
        .unwrap(),
        unsigned(&ours.key_id, &claims),
        "not.a.token".to_owned(),
        String::new(),
        "x".repeat(100_000),
    ];
    for token in forged {
        assert_eq!(
            rejection(&world, &token).await,
            ErrorCode::Unauthenticated,
            "{token:.80}"
        );
    }
}

/// Returns a token with `"alg":"none"`.
fn unsigned(kid: &str, claims: &Value) -> String {
    use base64::Engine as _;
    let part =
        |value: &Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string());
    format!(
        "{}.{}.",
        part(&json!({"alg": "none", "typ": "JWT", "kid": kid})),
        part(claims)
    )
}

#[tokio::test]
async fn cached_token_expires() {
    let world = World::new();
    let acme = world.company("Acme").await;
    let token = token_for(&world, &acme, "ada").await;
    let caller = world
        .authenticator
        .authenticate_token(&token, None)
        .await
        .unwrap();
    world.clock.advance(HOUR * 1_000);
    assert_eq!(rejection(&world, &token).await, ErrorCode::TokenExpired);
    assert_eq!(
        world.authenticator.check(&caller).await.unwrap_err().code,
        ErrorCode::TokenExpired
    );
}

#[tokio::test]
async fn revocation_rejects_earlier_tokens_only() {
    let world = World::new();
    let acme = world.company("Acme").await;
    let ada = token_for(&world, &acme, "ada").await;
    let bob = token_for(&world, &acme, "bob").await;
    let caller = world
        .authenticator
        .authenticate_token(&ada, None)
        .await
        .unwrap();
    world
        .authenticator
        .authenticate_token(&bob, None)
        .await
        .unwrap();
    world.clock.advance(1_500);
    revoke_tokens(&acme.tenant, &ext("ada"), None)
        .await
        .unwrap();
    assert_eq!(rejection(&world, &ada).await, ErrorCode::Revoked);
    assert_eq!(
        world.authenticator.check(&caller).await.unwrap_err().code,
        ErrorCode::Revoked
    );
    assert!(
        world
            .authenticator
            .authenticate_token(&bob, None)
            .await
            .is_ok()
    );
    let application = world.application(&acme).await;
    let fresh = mint(&world, &acme, "ada").await;
    assert!(
        world
            .authenticator
            .authenticate_token(&fresh, None)
            .await
            .is_ok(),
        "minted within the second of the revocation"
    );
    world.clock.advance(1_500);
    revoke_application_tokens(&world.store.platform(), application.id, None)
        .await
        .unwrap();
    for token in [&bob, &fresh] {
        assert_eq!(rejection(&world, token).await, ErrorCode::Revoked);
    }
}

#[tokio::test]
async fn replaced_secret_is_accepted_during_the_overlap() {
    let world = World::new();
    let acme = world.company("Acme").await;
    let old = token_for(&world, &acme, "ada").await;
    let platform = world.store.platform();
    rotate_secret(&platform, &world.key_ring, acme.application.id, 60)
        .await
        .unwrap();
    let new = token_for(&world, &acme, "ada").await;
    assert!(
        world
            .authenticator
            .authenticate_token(&old, None)
            .await
            .is_ok()
    );
    world.clock.advance(61_000);
    assert_eq!(rejection(&world, &old).await, ErrorCode::Revoked);
    assert!(
        world
            .authenticator
            .authenticate_token(&new, None)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn times_may_have_fractions_and_a_malformed_claim_is_named() {
    let world = World::new();
    let acme = world.company("Acme").await;
    let ada = person(&acme.tenant, "ada").await;
    let at = now(&world);
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds of this century are exact"
    )]
    let fraction = at as f64;
    for (iat, exp) in [
        (json!(fraction + 0.25), json!(at + HOUR)),
        (json!(fraction), json!(fraction + 3_600.0)),
        (json!(at), json!(fraction + 59.75)),
    ] {
        let claims = json!({"user_id": "ada", "iat": iat, "exp": exp, "nbf": fraction - 0.5});
        assert!(
            is_accepted(
                &world.authenticator,
                &signed(&world, &acme, claims.clone()).await
            )
            .await,
            "{claims}"
        );
    }
    let whole = json!({"user_id": "ada", "iat": at, "exp": at + HOUR});
    let with = |name: &str, value: Value| {
        let mut claims = whole.clone();
        claims[name] = value;
        claims
    };
    for (name, claims) in [
        ("iat", with("iat", json!("yesterday"))),
        ("iat", with("iat", json!(-1))),
        ("iat", with("iat", Value::Null)),
        ("exp", with("exp", json!(1e300))),
        ("nbf", with("nbf", json!(true))),
        ("user_id", with("user_id", json!(7))),
        ("user_id", with("user_id", json!("no spaces"))),
        ("sub", json!({"sub": "ada", "iat": at, "exp": at + HOUR})),
        (
            "caas_generation",
            json!({"sub": ada, "iat": at, "exp": at + HOUR, "caas_generation": 3}),
        ),
    ] {
        let token = signed(&world, &acme, claims.clone()).await;
        let failure = world
            .authenticator
            .authenticate_token(&token, None)
            .await
            .unwrap_err();
        assert_eq!(failure.code, ErrorCode::Unauthenticated, "{claims}");
        assert!(
            failure.detail.contains(&format!("claim {name} ")),
            "{claims}: {failure}"
        );
    }
}

#[tokio::test]
async fn concurrent_first_tokens_create_one_user() {
    let world = World::new();
    let acme = world.company("Acme").await;
    let token = token_for(&world, &acme, "ada").await;
    let tasks = (0..50).map(|_| {
        let authenticator = world.authenticator.clone();
        let token = token.clone();
        tokio::spawn(async move {
            authenticator
                .authenticate_token(&token, None)
                .await
                .unwrap()
                .actor
        })
    });
    let mut actors = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        actors.push(task.await.unwrap());
    }
    actors.dedup();
    assert_eq!(actors.len(), 1);
}
