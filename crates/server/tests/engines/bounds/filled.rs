//! Concurrent writers that compete for the last of a quota.

use base::{ErrorCode, Id, Patch, Result};
use domain::Actor;
use domain::app_data::{self, AppKey, Expected};
use domain::quotas::{Quota, QuotaKind};
use domain::relationships::{RelationshipAction, RelationshipNotes, change, remark};
use domain::users::User;
use futures_util::future::join_all;
use store::{JsonText, TenantStore};

use super::until_answered;
use crate::person::person;

/// Remaining entries of each quota.
const LEFT: usize = 5;

/// Number of concurrent writers.
const RACERS: usize = 16;

pub async fn no_bound_is_passed(tenant: &TenantStore) {
    for counted in QuotaKind::ALL {
        let ada = person(tenant, &format!("ada-{counted}")).await;
        fill(tenant, ada, *counted).await;
        let admitted = race(tenant, ada, *counted, 0).await;
        assert_eq!(admitted.len(), LEFT, "{counted}");
        end(tenant, ada, *counted, admitted[0]).await;
        assert_eq!(
            race(tenant, ada, *counted, RACERS).await.len(),
            1,
            "{counted}: one went, so one comes"
        );
        assert!(
            race(tenant, ada, *counted, 2 * RACERS).await.is_empty(),
            "{counted}: it is full again"
        );
    }
}

/// Stores a count that leaves [`LEFT`] entries of the quota.
async fn fill(tenant: &TenantStore, user_id: Id<User>, counted: QuotaKind) {
    let count = i64::try_from(counted.most() - LEFT).unwrap();
    let part = part(counted).to_owned();
    let mut batch = tenant.batch();
    batch.insert(Quota {
        user_id,
        counted,
        part,
        count,
    });
    tenant.commit(batch).await.unwrap();
}

const fn part(counted: QuotaKind) -> &'static str {
    match counted {
        QuotaKind::AppKeys => "shop",
        QuotaKind::Friends | QuotaKind::Blocks | QuotaKind::Remarks | QuotaKind::Apps => "",
    }
}

/// Starts the writers and returns those that succeeded.
async fn race(
    tenant: &TenantStore,
    ada: Id<User>,
    counted: QuotaKind,
    from: usize,
) -> Vec<(usize, Id<User>)> {
    let racers = (from..from + RACERS).map(|at| {
        let racer = (at, tenant.context().new_id());
        async move {
            until_answered(async || begin(tenant, ada, counted, racer).await)
                .await
                .map(|()| racer)
        }
    });
    let mut admitted = Vec::new();
    for outcome in join_all(racers).await {
        match outcome {
            Ok(racer) => admitted.push(racer),
            Err(failure) => assert_eq!(failure.code, ErrorCode::LimitReached),
        }
    }
    admitted
}

async fn begin(
    tenant: &TenantStore,
    ada: Id<User>,
    counted: QuotaKind,
    (at, other): (usize, Id<User>),
) -> Result<()> {
    match counted {
        QuotaKind::Friends => change(tenant, other, ada, RelationshipAction::Request)
            .await
            .map(drop),
        QuotaKind::Blocks => change(tenant, ada, other, RelationshipAction::Block)
            .await
            .map(drop),
        QuotaKind::Remarks => remark(tenant, ada, other, noted(Patch::Set("tall".to_owned())))
            .await
            .map(drop),
        QuotaKind::Apps | QuotaKind::AppKeys => {
            let key = key(ada, counted, at);
            app_data::put(
                tenant,
                Actor::Server,
                &key,
                JsonText("1".into()),
                Expected::Absent,
            )
            .await
            .map(drop)
        }
    }
}

async fn end(
    tenant: &TenantStore,
    ada: Id<User>,
    counted: QuotaKind,
    (at, other): (usize, Id<User>),
) {
    match counted {
        QuotaKind::Friends => drop(
            change(tenant, ada, other, RelationshipAction::Decline)
                .await
                .unwrap(),
        ),
        QuotaKind::Blocks => drop(
            change(tenant, ada, other, RelationshipAction::Unblock)
                .await
                .unwrap(),
        ),
        QuotaKind::Remarks => drop(
            remark(tenant, ada, other, noted(Patch::Clear))
                .await
                .unwrap(),
        ),
        QuotaKind::Apps | QuotaKind::AppKeys => {
            app_data::delete(tenant, Actor::Server, &key(ada, counted, at), None)
                .await
                .unwrap();
        }
    }
}

fn noted(remark: Patch<String>) -> RelationshipNotes {
    RelationshipNotes {
        remark,
        favourite: None,
    }
}

fn key(user: Id<User>, counted: QuotaKind, at: usize) -> AppKey {
    let (app, key) = match counted {
        QuotaKind::AppKeys => ("shop".to_owned(), format!("key-{at}")),
        _ => (format!("app-{at}"), "key".to_owned()),
    };
    AppKey {
        user,
        app: app.parse().unwrap(),
        key: key.parse().unwrap(),
    }
}
