//! Revocation of tokens, with clocks that disagree.

use base::{ErrorCode, Id, IdOrExternalId, Timestamp};
use serde_json::json;

use super::tests::{HOUR, mint, now, rejection, signed, token_for};
use super::*;
use crate::Actor;
use crate::auth::RateLimits;
use crate::erasure;
use crate::tenants::{
    ApplicationChanges, resume, revoke_application_tokens, suspend, update_application,
};
use crate::users::{UserCache, resolve, revoke_tokens};
use crate::world::{Company, World, ext, person};

const DAY: i64 = 24 * HOUR;

/// Revokes the tokens of the user, or those of all users of the application.
async fn revoke(world: &World, company: &Company, of_application: bool) -> Timestamp {
    if of_application {
        let platform = world.store.platform();
        revoke_application_tokens(&platform, company.application.id, None)
            .await
            .unwrap()
    } else {
        revoke_tokens(&company.tenant, &ext("ada"), None)
            .await
            .unwrap()
    }
}

async fn erase(world: &World, company: &Company, user: &str) {
    let erasure = erasure::request(&company.tenant, &ext(user)).await.unwrap();
    let mut run = erasure::ErasureJob::lease(&company.tenant, &world.media, erasure.id)
        .await
        .unwrap()
        .unwrap();
    while run.step().await.unwrap() {}
}

async fn signed_at(world: &World, company: &Company, iat: i64) -> String {
    signed(
        world,
        company,
        json!({"user_id": "ada", "iat": iat, "exp": iat + HOUR}),
    )
    .await
}

pub(super) async fn is_accepted(authenticator: &Authenticator, token: &str) -> bool {
    authenticator.authenticate_token(token, None).await.is_ok()
}

#[tokio::test]
async fn token_signed_by_a_clock_that_is_ahead_is_revoked() {
    for of_application in [false, true] {
        let world = World::new();
        let acme = world.company("Acme").await;
        let ahead = signed_at(&world, &acme, now(&world) + 30).await;
        let caller = world
            .authenticator
            .authenticate_token(&ahead, None)
            .await
            .unwrap();
        let usable_from = revoke(&world, &acme, of_application).await;
        assert_eq!(rejection(&world, &ahead).await, ErrorCode::Revoked);
        assert_eq!(
            world.authenticator.check(&caller).await.unwrap_err().code,
            ErrorCode::Revoked
        );
        assert_eq!(usable_from.millis() % 1_000, 0);
        let last = signed_at(&world, &acme, usable_from.seconds() - 1).await;
        assert_eq!(rejection(&world, &last).await, ErrorCode::Revoked);
        world.clock.advance(1_000);
        assert!(
            is_accepted(
                &world.authenticator,
                &signed_at(&world, &acme, usable_from.seconds()).await
            )
            .await
        );
    }
}

#[tokio::test]
async fn minted_token_works_until_the_next_revocation_within_the_same_second() {
    for of_application in [false, true] {
        let world = World::new();
        let acme = world.company("Acme").await;
        person(&acme.tenant, "ada").await;
        let mut tokens = Vec::new();
        for _ in 0..3 {
            let token = mint(&world, &acme, "ada").await;
            assert!(
                is_accepted(&world.authenticator, &token).await,
                "a token minted after a revocation is usable at once"
            );
            tokens.push(token);
            revoke(&world, &acme, of_application).await;
            for token in &tokens {
                assert_eq!(rejection(&world, token).await, ErrorCode::Revoked);
            }
        }
    }
}

#[tokio::test]
async fn concurrent_revocations_of_user_and_application_end_each_earlier_token() {
    let world = World::new();
    let acme = world.company("Acme").await;
    person(&acme.tenant, "ada").await;
    let before = mint(&world, &acme, "ada").await;
    tokio::join!(
        revoke(&world, &acme, false),
        revoke(&world, &acme, true),
        revoke(&world, &acme, false)
    );
    assert_eq!(rejection(&world, &before).await, ErrorCode::Revoked);
    let between = mint(&world, &acme, "ada").await;
    revoke(&world, &acme, true).await;
    assert_eq!(rejection(&world, &between).await, ErrorCode::Revoked);
    assert!(is_accepted(&world.authenticator, &mint(&world, &acme, "ada").await).await);
}

/// The other node has cached the state before the revocation and receives no change events.
#[tokio::test]
async fn minted_token_is_usable_on_a_node_with_a_stale_cache() {
    let world = World::new();
    let acme = world.company("Acme").await;
    person(&acme.tenant, "ada").await;
    let store = world.isolated_store();
    let other = Authenticator::new(
        store.clone(),
        world.key_ring.clone(),
        UserCache::new(&store),
        RateLimits::default(),
    );
    let old = mint(&world, &acme, "ada").await;
    assert!(is_accepted(&other, &old).await);
    revoke(&world, &acme, false).await;
    revoke(&world, &acme, true).await;
    assert!(is_accepted(&other, &mint(&world, &acme, "ada").await).await);
    assert!(
        !is_accepted(&other, &old).await,
        "the node reads the revocations again"
    );
}

#[tokio::test]
async fn token_of_an_erased_user_creates_no_user_and_is_invalid_for_the_next() {
    let world = World::new();
    let acme = world.company("Acme").await;
    let ahead = signed_at(&world, &acme, now(&world) + 30).await;
    let ada = world
        .authenticator
        .authenticate_token(&ahead, None)
        .await
        .unwrap()
        .actor;
    erase(&world, &acme, "ada").await;
    assert_eq!(rejection(&world, &ahead).await, ErrorCode::Revoked);
    assert_eq!(
        resolve(&acme.tenant, &ext("ada")).await.unwrap_err().code,
        ErrorCode::UserNotFound
    );
    let next = person(&acme.tenant, "ada").await;
    assert_ne!(ada, Actor::User(next));
    assert_eq!(rejection(&world, &ahead).await, ErrorCode::Revoked);
    assert!(is_accepted(&world.authenticator, &mint(&world, &acme, "ada").await).await);
}

#[tokio::test]
async fn token_minted_after_the_clock_was_set_back_is_usable() {
    let world = World::new();
    let acme = world.company("Acme").await;
    person(&acme.tenant, "ada").await;
    world.clock.advance(2 * DAY * 1_000);
    let ahead = mint(&world, &acme, "ada").await;
    revoke(&world, &acme, false).await;
    revoke(&world, &acme, true).await;
    world.clock.advance(-2 * DAY * 1_000);
    let token = mint(&world, &acme, "ada").await;
    assert!(is_accepted(&world.authenticator, &token).await);
    revoke(&world, &acme, false).await;
    assert_eq!(rejection(&world, &token).await, ErrorCode::Revoked);
    world.clock.advance(2 * DAY * 1_000);
    assert_eq!(rejection(&world, &ahead).await, ErrorCode::Revoked);
}

#[tokio::test]
async fn revocation_before_an_earlier_moment_spares_later_tokens() {
    let world = World::new();
    let acme = world.company("Acme").await;
    person(&acme.tenant, "ada").await;
    let early = [
        mint(&world, &acme, "ada").await,
        token_for(&world, &acme, "ada").await,
    ];
    world.clock.advance(HOUR * 500);
    let moment = world.store.context().now();
    world.clock.advance(HOUR * 500 - 1_000);
    let late = [
        mint(&world, &acme, "ada").await,
        token_for(&world, &acme, "ada").await,
    ];
    revoke_tokens(&acme.tenant, &ext("ada"), Some(moment))
        .await
        .unwrap();
    for token in &early {
        assert_eq!(rejection(&world, token).await, ErrorCode::Revoked);
    }
    for token in &late {
        assert!(is_accepted(&world.authenticator, token).await);
    }
}

#[tokio::test]
async fn first_token_from_a_foreign_origin_or_over_the_limit_creates_no_user() {
    let world = World::new();
    let acme = world.company("Acme").await;
    let changes = ApplicationChanges {
        origins: Some(vec!["https://app.example".to_owned()]),
        ..Default::default()
    };
    update_application(&world.store.platform(), acme.application.id, changes, None)
        .await
        .unwrap();
    let token = token_for(&world, &acme, "ada").await;
    let foreign = Some("https://evil.example");
    let presented = world.authenticator.present_token(&token).await.unwrap();
    let failure = presented.admit(Entry::from(foreign)).await.unwrap_err();
    assert_eq!(failure.code, ErrorCode::OriginNotAllowed);
    assert_eq!(
        world
            .authenticator
            .authenticate_token(&token, foreign)
            .await
            .unwrap_err()
            .code,
        ErrorCode::OriginNotAllowed
    );
    while world.authenticator.count(acme.tenant.id(), None).is_ok() {}
    let presented = world.authenticator.present_token(&token).await.unwrap();
    assert_eq!(
        presented.admit(Entry::from(None)).await.unwrap_err().code,
        ErrorCode::RateLimited
    );
    assert_eq!(
        resolve(&acme.tenant, &ext("ada")).await.unwrap_err().code,
        ErrorCode::UserNotFound
    );
    world.clock.advance(1_000);
    let entry = Entry::from(Some("https://app.example"));
    let admitted = world
        .authenticator
        .present_token(&token)
        .await
        .unwrap()
        .admit(entry)
        .await
        .unwrap();
    assert_eq!(admitted.caller.origin(), entry.origin);
    assert!(resolve(&acme.tenant, &ext("ada")).await.is_ok());
    let changes = ApplicationChanges {
        origins: Some(vec!["https://other.example".to_owned()]),
        ..Default::default()
    };
    update_application(&world.store.platform(), acme.application.id, changes, None)
        .await
        .unwrap();
    assert_eq!(
        world
            .authenticator
            .check(&admitted.caller)
            .await
            .unwrap_err()
            .code,
        ErrorCode::OriginNotAllowed
    );
}

/// A request that is rejected after its tenant is known counts for the tenant.
#[tokio::test]
async fn rejected_request_is_counted() {
    let world = World::new();
    let acme = world.company("Acme").await;
    let ada = person(&acme.tenant, "ada").await;
    let left = |world: &World| {
        world
            .authenticator
            .count(acme.tenant.id(), None)
            .unwrap()
            .requests
    };
    let mut before = left(&world);
    let unknown = ext("unknown");
    for entry in [
        Entry {
            origin: None,
            acting_as: Some(&unknown),
            cost: 1,
            client: base::ClientAddress::UNKNOWN,
        },
        Entry {
            origin: None,
            acting_as: Some(&IdOrExternalId::Id(Id::new(base::ObjectId([9; 12])))),
            cost: 1,
            client: base::ClientAddress::UNKNOWN,
        },
    ] {
        let presented = world.authenticator.present(&acme.key.text).await.unwrap();
        assert_eq!(
            presented.admit(entry).await.unwrap_err().code,
            ErrorCode::UserNotFound
        );
        assert_eq!(left(&world), before - 2);
        before -= 2;
    }
    suspend(&world.store.platform(), acme.tenant.id())
        .await
        .unwrap();
    assert_eq!(
        world
            .authenticator
            .present(&acme.key.text)
            .await
            .unwrap_err()
            .code,
        ErrorCode::TenantSuspended
    );
    resume(&world.store.platform(), acme.tenant.id())
        .await
        .unwrap();
    while world
        .authenticator
        .count(acme.tenant.id(), Some(ada))
        .is_ok()
    {}
    let before = left(&world);
    let token = token_for(&world, &acme, "ada").await;
    let presented = world.authenticator.present(&token).await.unwrap();
    assert_eq!(
        presented.admit(Entry::from(None)).await.unwrap_err().code,
        ErrorCode::RateLimited
    );
    assert_eq!(
        left(&world),
        before - 1,
        "a rejected user costs the tenant nothing"
    );
}
