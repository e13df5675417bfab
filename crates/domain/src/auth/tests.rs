use base::{ErrorCode, IdOrExternalId, Result};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::auth_context::check_origin;
use super::*;
use crate::Actor;
use crate::auth::mint_token;
use crate::tenants::{
    ApplicationChanges, ApplicationSettings, NewKey, Scope, Scopes, create_key, resume, revoke_key,
    signing_secret, suspend, update_application,
};
use crate::users::User;
use crate::users::{deactivate, delete, reactivate};
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

pub(super) async fn rejection(world: &World, token: &str) -> ErrorCode {
    world
        .authenticator
        .authenticate_token(token, None)
        .await
        .unwrap_err()
        .code
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
    assert_eq!(rejection(&world, &token).await, ErrorCode::TenantSuspended);
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
    assert_eq!(rejection(&world, &token).await, ErrorCode::UserDeactivated);
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
        rejection(&world, &token).await,
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
    let mut events = world.store.watch();
    let began = world.store.context().now();
    for _ in 0..20 {
        authenticate_key(&world, &acme.key.text).await.unwrap();
    }
    events.recv().await.unwrap();
    let key = world
        .store
        .platform()
        .get(acme.key.key.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((key.last_used_at, key.version), (Some(began), 1));
    assert!(events.try_recv().is_err(), "twenty uses are one write");
    world.clock.advance(60_000);
    authenticate_key(&world, &acme.key.text).await.unwrap();
    events.recv().await.unwrap();
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
    assert_eq!(rejection(&world, &token).await, ErrorCode::Unauthenticated);
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
