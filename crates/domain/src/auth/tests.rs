use base::{ErrorCode, IdOrExternalId, Result};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::auth_context::check_origin;
use super::*;
use crate::Actor;
use crate::auth::mint_token;
use crate::erasure;
use crate::settings::{self, SettingsChanges};
use crate::tenants::{
    ApplicationChanges, ApplicationSettings, NewKey, Scope, Scopes, create_key, resume,
    revoke_application_tokens, revoke_key, rotate_secret, signing_secret, suspend,
    update_application,
};
use crate::users::User;
use crate::users::{deactivate, delete, reactivate, resolve, revoke_tokens};
use crate::world::{Company, World, ext, new_key, person};

pub(super) const HOUR: i64 = 3_600;

/// Returns a token signed by a tenant's own server.
pub(super) async fn signed(world: &World, company: &Company, claims: Value) -> String {
    let open = signing_secret(&world.key_ring, &world.application(company).await).unwrap();
    let header = Header {
        kid: Some(open.key_id),
        ..Header::new(Algorithm::HS256)
    };
    encode(
        &header,
        &claims,
        &EncodingKey::from_secret(open.secret.as_bytes()),
    )
    .unwrap()
}

pub(super) fn now(world: &World) -> i64 {
    world.store.context().now().seconds()
}

pub(super) async fn token_for(world: &World, company: &Company, user: &str) -> String {
    let issued = now(world);
    signed(
        world,
        company,
        json!({"user_id": user, "iat": issued, "exp": issued + HOUR}),
    )
    .await
}

/// Authenticates an API key, counted as one request.
async fn authenticate_key(world: &World, text: &str) -> Result<AuthContext> {
    Ok(world
        .authenticator
        .present_key(text)
        .await?
        .admit(Entry::from(None))
        .await?
        .caller)
}

async fn act_as(
    world: &World,
    caller: &AuthContext,
    named: &IdOrExternalId<User>,
) -> Result<AuthContext> {
    world
        .authenticator
        .act_as(caller, named, &mut |_| Ok(()))
        .await
}

/// Returns a token minted by this server.
pub(super) async fn mint(world: &World, company: &Company, user: &str) -> String {
    let platform = world.store.platform();
    let application = company.application.id;
    mint_token(
        &company.tenant,
        &platform,
        &world.key_ring,
        application,
        &ext(user),
        None,
    )
    .await
    .unwrap()
    .token
}

pub(super) async fn refusal(world: &World, token: &str) -> ErrorCode {
    world
        .authenticator
        .authenticate_token(token, None)
        .await
        .unwrap_err()
        .code
}

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
        refusal(&world, &token_for(&world, &acme, "eve").await).await,
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
    let mut run = erasure::ErasureJob::take(&acme.tenant, erasure.id)
        .await
        .unwrap()
        .unwrap();
    while run.step().await.unwrap() {}
    assert_eq!(refusal(&world, &before).await, ErrorCode::Revoked);
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
            refusal(&world, &token).await,
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
            refusal(&world, &token).await,
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
    assert_eq!(refusal(&world, &token).await, ErrorCode::TokenExpired);
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
    assert_eq!(refusal(&world, &ada).await, ErrorCode::Revoked);
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
        assert_eq!(refusal(&world, token).await, ErrorCode::Revoked);
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
    assert_eq!(refusal(&world, &old).await, ErrorCode::Revoked);
    assert!(
        world
            .authenticator
            .authenticate_token(&new, None)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn suspended_tenant_is_rejected_until_resumed() {
    let world = World::new();
    let acme = world.company("Acme").await;
    let token = token_for(&world, &acme, "ada").await;
    let caller = world
        .authenticator
        .authenticate_token(&token, None)
        .await
        .unwrap();
    authenticate_key(&world, &acme.key.text).await.unwrap();
    suspend(&world.store.platform(), acme.tenant.id())
        .await
        .unwrap();
    assert_eq!(refusal(&world, &token).await, ErrorCode::TenantSuspended);
    assert_eq!(
        authenticate_key(&world, &acme.key.text)
            .await
            .unwrap_err()
            .code,
        ErrorCode::TenantSuspended
    );
    assert_eq!(
        world.authenticator.check(&caller).await.unwrap_err().code,
        ErrorCode::TenantSuspended
    );
    resume(&world.store.platform(), acme.tenant.id())
        .await
        .unwrap();
    assert!(
        world
            .authenticator
            .authenticate_token(&token, None)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn deactivated_user_is_rejected_until_reactivated() {
    let world = World::new();
    let acme = world.company("Acme").await;
    let token = token_for(&world, &acme, "ada").await;
    let server = authenticate_key(&world, &acme.key.text).await.unwrap();
    world
        .authenticator
        .authenticate_token(&token, None)
        .await
        .unwrap();
    deactivate(&acme.tenant, &ext("ada")).await.unwrap();
    assert_eq!(refusal(&world, &token).await, ErrorCode::UserDeactivated);
    assert_eq!(
        act_as(&world, &server, &ext("ada")).await.unwrap_err().code,
        ErrorCode::UserDeactivated
    );
    reactivate(&acme.tenant, &ext("ada")).await.unwrap();
    assert!(
        world
            .authenticator
            .authenticate_token(&token, None)
            .await
            .is_ok()
    );
    delete(&acme.tenant, &ext("ada")).await.unwrap();
    assert_eq!(
        refusal(&world, &token).await,
        ErrorCode::UserDeactivated,
        "a token does not restore a deleted user"
    );
}

#[tokio::test]
async fn server_cannot_act_as_a_foreign_user() {
    let world = World::new();
    let acme = world.company("Acme").await;
    let umbrella = world.company("Umbrella").await;
    let ada = person(&acme.tenant, "ada").await;
    let eve = person(&umbrella.tenant, "eve").await;
    let server = authenticate_key(&world, &acme.key.text).await.unwrap();
    let acting = act_as(&world, &server, &ext("ada")).await.unwrap();
    assert_eq!(acting.actor, Actor::User(ada));
    assert_eq!(
        acting.require_server().unwrap_err().code,
        ErrorCode::Forbidden
    );
    server.require_server().unwrap();
    for stranger in [IdOrExternalId::Id(eve), ext("eve")] {
        assert_eq!(
            act_as(&world, &server, &stranger).await.unwrap_err().code,
            ErrorCode::UserNotFound
        );
    }
    let user = world
        .authenticator
        .authenticate_token(&token_for(&world, &acme, "ada").await, None)
        .await
        .unwrap();
    assert_eq!(
        act_as(&world, &user, &ext("ada")).await.unwrap_err().code,
        ErrorCode::Forbidden
    );
    assert_eq!(
        user.require_server().unwrap_err().code,
        ErrorCode::Forbidden
    );
}

#[tokio::test]
async fn revoked_or_expired_key_has_its_own_error() {
    let world = World::new();
    let acme = world.company("Acme").await;
    let platform = world.store.platform();
    let ends = world.store.context().now().plus_millis(1_000);
    let brief = NewKey {
        expires_at: Some(ends),
        scopes: Scopes::default().with(Scope::UsersRead),
        ..new_key(&acme.application, "brief")
    };
    let brief = create_key(&platform, brief).await.unwrap();
    let caller = authenticate_key(&world, &brief.text).await.unwrap();
    assert!(caller.require(Scope::UsersRead).is_ok());
    assert_eq!(
        caller.require(Scope::UsersWrite).unwrap_err().code,
        ErrorCode::ScopeMissing
    );
    world.clock.advance(1_000);
    assert_eq!(
        authenticate_key(&world, &brief.text)
            .await
            .unwrap_err()
            .code,
        ErrorCode::TokenExpired
    );
    authenticate_key(&world, &acme.key.text).await.unwrap();
    revoke_key(&platform, acme.key.key.id).await.unwrap();
    assert_eq!(
        authenticate_key(&world, &acme.key.text)
            .await
            .unwrap_err()
            .code,
        ErrorCode::Revoked
    );
}

#[tokio::test]
async fn malformed_key_causes_no_read() {
    let world = World::new();
    let acme = world.company("Acme").await;
    let reads = world.store.stats().reads.get();
    let mut typed = acme.key.text.to_string();
    let last = typed.pop().unwrap();
    typed.push(if last == 'a' { 'b' } else { 'a' });
    for text in [typed.as_str(), "", "caas_sk_", "Bearer x"] {
        assert_eq!(
            authenticate_key(&world, text).await.unwrap_err().code,
            ErrorCode::Unauthenticated
        );
    }
    assert_eq!(world.store.stats().reads.get(), reads);
}

#[tokio::test]
async fn last_use_of_a_key_is_written_once_a_minute() {
    let world = World::new();
    let acme = world.company("Acme").await;
    let mut hints = world.store.watch();
    let began = world.store.context().now();
    for _ in 0..20 {
        authenticate_key(&world, &acme.key.text).await.unwrap();
    }
    hints.recv().await.unwrap();
    let key = world
        .store
        .platform()
        .get(acme.key.key.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((key.last_used_at, key.version), (Some(began), 1));
    assert!(hints.try_recv().is_err(), "twenty uses are one write");
    world.clock.advance(60_000);
    authenticate_key(&world, &acme.key.text).await.unwrap();
    hints.recv().await.unwrap();
    let key = world
        .store
        .platform()
        .get(acme.key.key.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(key.last_used_at, Some(began.plus_millis(60_000)));
}

#[tokio::test]
async fn application_settings_limit_origins_and_token_lifetime() {
    let world = World::new();
    let acme = world.company("Acme").await;
    let token = token_for(&world, &acme, "ada").await;
    let caller = world
        .authenticator
        .authenticate_token(&token, None)
        .await
        .unwrap();
    assert!(check_origin(&caller.application, Some("https://evil.example")).is_ok());
    let changes = ApplicationChanges {
        origins: Some(vec!["https://app.example".to_owned()]),
        settings: Some(ApplicationSettings {
            token_seconds: HOUR - 1,
        }),
        name: None,
    };
    let platform = world.store.platform();
    let changed = update_application(&platform, acme.application.id, changes.clone(), Some(1))
        .await
        .unwrap();
    assert_eq!(changed.version, 2);
    let stale = update_application(&platform, acme.application.id, changes, Some(1))
        .await
        .unwrap_err();
    assert_eq!(
        (stale.code, stale.current_version),
        (ErrorCode::VersionConflict, Some(2))
    );
    assert_eq!(refusal(&world, &token).await, ErrorCode::Unauthenticated);
    let server = authenticate_key(&world, &acme.key.text).await.unwrap();
    assert_eq!(
        check_origin(&server.application, Some("https://evil.example"))
            .unwrap_err()
            .code,
        ErrorCode::OriginNotAllowed
    );
    assert!(
        check_origin(&server.application, Some("https://app.example")).is_ok()
            && check_origin(&server.application, None).is_ok()
    );
}

#[tokio::test]
async fn concurrent_first_tokens_create_one_user() {
    let world = World::new();
    let acme = world.company("Acme").await;
    let token = token_for(&world, &acme, "ada").await;
    let racers = (0..50).map(|_| {
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
    for racer in racers.collect::<Vec<_>>() {
        actors.push(racer.await.unwrap());
    }
    actors.dedup();
    assert_eq!(actors.len(), 1);
}
