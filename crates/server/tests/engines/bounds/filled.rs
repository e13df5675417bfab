//! A bound with little room left, and many who want it.

use base::{Change, Code, Id, Result};
use domain::Actor;
use domain::app_data::{self, AppKey, Expected};
use domain::quotas::{Counted, Quota};
use domain::relationships::{Deed, Remarks, change, remark};
use domain::users::User;
use futures_util::future::join_all;
use store::{JsonText, Tenant};

use super::until_answered;
use crate::person::person;

/// What is left of each bound.
const LEFT: usize = 5;

/// Those who race for it.
const RACERS: usize = 16;

pub async fn no_bound_is_passed(tenant: &Tenant) {
    for counted in Counted::ALL {
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

/// As if there were so many that only some find room.
async fn fill(tenant: &Tenant, user_id: Id<User>, counted: Counted) {
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

const fn part(counted: Counted) -> &'static str {
    match counted {
        Counted::AppKeys => "shop",
        Counted::Friends | Counted::Blocks | Counted::Remarks | Counted::Apps => "",
    }
}

/// Those of the racers who were let in.
async fn race(
    tenant: &Tenant,
    ada: Id<User>,
    counted: Counted,
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
            Err(failure) => assert_eq!(failure.code, Code::LimitReached),
        }
    }
    admitted
}

async fn begin(
    tenant: &Tenant,
    ada: Id<User>,
    counted: Counted,
    (at, other): (usize, Id<User>),
) -> Result<()> {
    match counted {
        Counted::Friends => change(tenant, other, ada, Deed::Request).await.map(drop),
        Counted::Blocks => change(tenant, ada, other, Deed::Block).await.map(drop),
        Counted::Remarks => remark(tenant, ada, other, noted(Change::Set("tall".to_owned())))
            .await
            .map(drop),
        Counted::Apps | Counted::AppKeys => {
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

async fn end(tenant: &Tenant, ada: Id<User>, counted: Counted, (at, other): (usize, Id<User>)) {
    match counted {
        Counted::Friends => drop(change(tenant, ada, other, Deed::Decline).await.unwrap()),
        Counted::Blocks => drop(change(tenant, ada, other, Deed::Unblock).await.unwrap()),
        Counted::Remarks => drop(
            remark(tenant, ada, other, noted(Change::Clear))
                .await
                .unwrap(),
        ),
        Counted::Apps | Counted::AppKeys => {
            app_data::delete(tenant, Actor::Server, &key(ada, counted, at), None)
                .await
                .unwrap();
        }
    }
}

fn noted(remark: Change<String>) -> Remarks {
    Remarks {
        remark,
        favourite: None,
    }
}

fn key(user: Id<User>, counted: Counted, at: usize) -> AppKey {
    let (app, key) = match counted {
        Counted::AppKeys => ("shop".to_owned(), format!("key-{at}")),
        _ => (format!("app-{at}"), "key".to_owned()),
    };
    AppKey {
        user,
        app: app.parse().unwrap(),
        key: key.parse().unwrap(),
    }
}
