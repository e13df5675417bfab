//! After concurrent writes, the counts of each user equal a recount.

use std::collections::BTreeMap;

use base::{Id, IdOrExternalId, Patch, limit};
use domain::Actor;
use domain::app_data::{self, AppDatum, AppKey, Expected};
use domain::erasure::{ErasureJob, request};
use domain::quotas::{Quota, QuotaKind};
use domain::relationships::{
    Relationship, RelationshipAction, RelationshipNotes, State, change, remark,
};
use domain::users::User;
use futures_util::future::join_all;
use store::{JsonText, TenantStore};

use super::until_answered;
use crate::media::media;
use crate::person::person;

const PEOPLE: usize = 5;

/// Number of concurrent writers and of the actions of each.
const BUSY: usize = 8;
const DEEDS: usize = 40;

pub async fn counts_are_what_there_is(tenant: &TenantStore) {
    let mut people = Vec::new();
    for at in 0..PEOPLE {
        people.push(person(tenant, &format!("person-{at}")).await);
    }
    let busy = (0..BUSY).map(async |_| {
        for _ in 0..DEEDS {
            something(tenant, &people).await;
        }
    });
    join_all(busy).await;
    let counted = assert_counted(tenant, &people).await;
    assert!(counted > PEOPLE, "they did hardly anything");
    let erased = people[0];
    let erasure = request(tenant, &IdOrExternalId::Id(erased)).await.unwrap();
    let mut run = ErasureJob::lease(tenant, &media(), erasure.id)
        .await
        .unwrap()
        .unwrap();
    while run.step().await.unwrap() {}
    assert_counted(tenant, &people).await;
    assert!(of(tenant, erased).await.is_empty());
}

/// Performs a random action, which may be rejected.
async fn something(tenant: &TenantStore, people: &[Id<User>]) {
    let [who, whom, what, part] = tenant.context().random::<4>().map(usize::from);
    let user = people[who % PEOPLE];
    let other = people[whom % PEOPLE];
    let key = || AppKey {
        user,
        app: name("app", part % 3),
        key: name("key", part / 3 % 3),
    };
    let _ = until_answered(async || match what % 4 {
        0 | 1 => {
            let deed = RelationshipAction::ALL[part % RelationshipAction::ALL.len()];
            change(tenant, user, other, deed).await.map(drop)
        }
        2 => {
            let remark_of = if part % 2 == 0 {
                Patch::Set("tall".to_owned())
            } else {
                Patch::Clear
            };
            remark(
                tenant,
                user,
                other,
                RelationshipNotes {
                    remark: remark_of,
                    favourite: None,
                },
            )
            .await
            .map(drop)
        }
        _ if who % 2 == 0 => app_data::delete(tenant, Actor::Server, &key(), None).await,
        _ => app_data::put(
            tenant,
            Actor::Server,
            &key(),
            JsonText("1".into()),
            Expected::Any,
        )
        .await
        .map(drop),
    })
    .await;
}

fn name(kind: &str, at: usize) -> base::ExternalId {
    format!("{kind}-{at}").parse().unwrap()
}

/// Asserts that the counts equal a recount; returns how many there are.
async fn assert_counted(tenant: &TenantStore, people: &[Id<User>]) -> usize {
    let mut counted = 0;
    for user in people {
        let stands = of(tenant, *user).await;
        assert_eq!(stands, recount(tenant, *user).await);
        counted += stands.len();
    }
    counted
}

type Counts = BTreeMap<(String, String), usize>;

async fn of(tenant: &TenantStore, user: Id<User>) -> Counts {
    let query = Quota::by_counted
        .eq(Quota::user_id, user)
        .limit(limit::BATCH_WRITES);
    let found = tenant.list(query).await.unwrap().items;
    found
        .iter()
        .map(|it| {
            (
                (it.counted.to_string(), it.part.clone()),
                usize::try_from(it.count).unwrap(),
            )
        })
        .collect()
}

async fn recount(tenant: &TenantStore, user: Id<User>) -> Counts {
    let mut counts = Counts::new();
    let mut one = |counted: QuotaKind, part: &str| {
        *counts
            .entry((counted.to_string(), part.to_owned()))
            .or_default() += 1;
    };
    let sides = Relationship::by_pair
        .eq(Relationship::user_id, user)
        .limit(limit::BATCH_WRITES);
    for side in tenant.list(sides).await.unwrap().items {
        match side.state {
            State::None => {}
            State::Requested | State::Pending | State::Friends => one(QuotaKind::Friends, ""),
            State::Blocked => one(QuotaKind::Blocks, ""),
        }
        if side.remark.is_some() {
            one(QuotaKind::Remarks, "");
        }
    }
    let data = AppDatum::by_key
        .eq(AppDatum::user_id, user)
        .limit(limit::BATCH_WRITES);
    let data = tenant.list(data).await.unwrap().items;
    data.iter()
        .for_each(|datum| one(QuotaKind::AppKeys, datum.app_id.as_str()));
    let mut apps: Vec<_> = data.iter().map(|datum| datum.app_id.as_str()).collect();
    apps.dedup();
    apps.iter().for_each(|_| one(QuotaKind::Apps, ""));
    counts
}
