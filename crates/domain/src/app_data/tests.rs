use base::{ErrorCode, ExternalId, Id, limit};
use store::{JsonText, TenantStore};

use super::*;
use crate::Actor;
use crate::quotas::{Quota, QuotaKind};
use crate::users::User;
use crate::world::{World, external, person};

/// As many writers as a write has attempts.
const WRITERS: u8 = 20;

fn key(user: Id<User>, name: &str) -> AppKey {
    AppKey {
        user,
        app: shop(),
        key: external(name),
    }
}

fn shop() -> ExternalId {
    external("shop")
}

fn json(text: &str) -> JsonText {
    JsonText(text.into())
}

async fn write(tenant: &TenantStore, key: &AppKey, expected: Expected) -> base::Result<Put> {
    put(tenant, Actor::User(key.user), key, json("1"), expected).await
}

#[tokio::test]
async fn concurrent_writes_without_precondition_all_succeed() {
    let world = World::new();
    let acme = world.company("Acme").await.tenant;
    let ada = person(&acme, "ada").await;
    let writers = (0..WRITERS).map(|_| {
        let acme = acme.clone();
        tokio::spawn(async move {
            write(&acme, &key(ada, "basket"), Expected::Any)
                .await
                .unwrap()
        })
    });
    let mut created = 0;
    for writer in writers.collect::<Vec<_>>() {
        created += usize::from(writer.await.unwrap().created);
    }
    assert_eq!(created, 1);
    assert_eq!(
        get(&acme, Actor::Server, &key(ada, "basket"))
            .await
            .unwrap()
            .version,
        i64::from(WRITERS)
    );
}

#[tokio::test]
async fn concurrent_writes_and_deletions_keep_the_count_exact() {
    let world = World::new();
    let acme = world.company("Acme").await.tenant;
    let ada = person(&acme, "ada").await;
    let busy = (0..60).map(|at| {
        let acme = acme.clone();
        let key = key(ada, &format!("key-{}", at % 4));
        tokio::spawn(async move {
            if at % 3 == 0 {
                drop(delete(&acme, Actor::Server, &key, None).await);
            } else {
                drop(write(&acme, &key, Expected::Any).await);
            }
        })
    });
    for one in busy.collect::<Vec<_>>() {
        one.await.unwrap();
    }
    let of_app = Quota::by_counted
        .eq(Quota::user_id, ada)
        .eq(Quota::counted, QuotaKind::AppKeys);
    let counted = acme
        .find(of_app.eq(Quota::part, "shop".to_owned()))
        .await
        .unwrap()
        .map_or(0, |quota| quota.count);
    let size = base::PageSize::default();
    let there = list(
        &acme,
        Actor::Server,
        (ada, shop()),
        size,
        base::Direction::Forward,
        None,
    )
    .await
    .unwrap();
    assert_eq!(usize::try_from(counted), Ok(there.items.len()));
}

#[tokio::test]
async fn number_of_apps_per_user_is_limited() {
    let world = World::new();
    let acme = world.company("Acme").await.tenant;
    let ada = person(&acme, "ada").await;
    let of_app = |at: usize| AppKey {
        user: ada,
        app: external(&format!("app-{at}")),
        key: external("k"),
    };
    for at in 0..limit::USER_APPS {
        write(&acme, &of_app(at), Expected::Absent).await.unwrap();
    }
    let failure = write(&acme, &of_app(limit::USER_APPS), Expected::Absent)
        .await
        .unwrap_err();
    assert_eq!(failure.code, ErrorCode::LimitReached);
    write(
        &acme,
        &AppKey {
            key: external("other"),
            ..of_app(0)
        },
        Expected::Absent,
    )
    .await
    .unwrap();
}

#[tokio::test]
async fn value_is_not_visible_to_another_tenant() {
    let world = World::new();
    let acme = world.company("Acme").await.tenant;
    let umbrella = world.company("Umbrella").await.tenant;
    let ada = person(&acme, "ada").await;
    write(&acme, &key(ada, "basket"), Expected::Absent)
        .await
        .unwrap();
    let failure = get(&umbrella, Actor::Server, &key(ada, "basket"))
        .await
        .unwrap_err();
    assert_eq!(failure.code, ErrorCode::AppDataNotFound);
}
