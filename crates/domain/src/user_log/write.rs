use std::ops::Bound;

use base::{Error, Id, Result, limit};
use store::{Append, AppendError, Appended, Guard, JsonText, TenantStore};

use super::{Tell, UserRecord};
use crate::identity::User;
use crate::outbox::Outbox;

/// Records between two cuts of a log.
const CUT_EVERY: i64 = 64;

/// Writes the record that a task of the outbox asks for, once however often
/// it is asked. Who was deleted has no devices to tell.
///
/// # Errors
/// When the store cannot write.
pub async fn write(tenant: &TenantStore, task_id: Id<Outbox>, tell: Tell) -> Result<()> {
    if tenant.get(tell.user_id).await?.is_none() {
        return Ok(());
    }
    append(tenant, task_id, tell).await
}

/// The record takes the task along. An erase that came in between has removed
/// the task, and must not be followed by a record.
async fn append(
    tenant: &TenantStore,
    task_id: Id<Outbox>,
    Tell { user_id, event }: Tell,
) -> Result<()> {
    let (r#type, data) = parts(&serde_json::to_value(event).map_err(Error::internal)?);
    let record = UserRecord {
        user_id,
        seq: 0,
        shown: true,
        task_id,
        r#type,
        data,
    };
    let beside = tenant.clone();
    let guard = Guard::new(move |_| {
        let mut batch = beside.batch();
        batch.remove(task_id, true);
        Ok(batch)
    });
    let append = Append {
        id: tenant.context().new_id(),
        record,
        seen: None,
        guard,
    };
    match tenant.append(user_id, append).await {
        Ok(Appended::New(record)) if record.seq % CUT_EVERY == 0 => {
            cut(tenant, user_id, record.seq).await
        }
        Ok(_) | Err(AppendError::PreconditionFailed { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn parts(event: &serde_json::Value) -> (String, JsonText) {
    let r#type = event["type"].as_str().unwrap_or_default().to_owned();
    (r#type, JsonText(event["data"].to_string().into()))
}

/// Removes records in front of the last [`limit::USER_LOG_RECORDS`]. What a
/// cut that was cut short leaves is removed by the next.
async fn cut(tenant: &TenantStore, user: Id<User>, head: i64) -> Result<()> {
    let last = head - limit::signed(limit::USER_LOG_RECORDS);
    let log = UserRecord::by_seq.eq(UserRecord::user_id, user);
    let query = log
        .between(UserRecord::seq, Bound::Unbounded, Bound::Included(last))
        .limit(limit::BATCH_WRITES);
    let mut batch = tenant.batch();
    for record in tenant.list(query).await?.items {
        batch.remove(record.id, false);
    }
    Ok(tenant.commit(batch).await?)
}

#[cfg(test)]
mod tests {
    use base::IdOrExternalId;

    use super::*;
    use crate::Actor;
    use crate::erasure;
    use crate::outbox::put;
    use crate::user_log::{UserEvent, head, log_after};
    use crate::users::delete;
    use crate::world::{World, ext, person};

    fn told(user_id: Id<User>, version: i64) -> Tell {
        Tell {
            user_id,
            event: UserEvent::PreferencesUpdated { version },
        }
    }

    async fn task(tenant: &TenantStore, tell: &Tell) -> Id<Outbox> {
        let mut batch = tenant.batch();
        let id = put(&mut batch, tell);
        tenant.commit(batch).await.unwrap();
        id
    }

    #[tokio::test]
    async fn a_task_that_is_done_twice_leaves_one_record() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        let one = task(&acme, &told(ada, 3)).await;
        let other = task(&acme, &told(ada, 3)).await;
        for id in [one, one, other, one] {
            write(&acme, id, told(ada, 3)).await.unwrap();
        }
        let log = log_after(
            &acme,
            Actor::User(ada),
            &IdOrExternalId::Id(ada),
            0,
            base::PageSize::MAX,
        )
        .await
        .unwrap();
        let shown: Vec<_> = log
            .records
            .iter()
            .map(|record| (record.seq, record.r#type.as_str(), &*record.data.0))
            .collect();
        let data = r#"{"version":3}"#;
        assert_eq!(
            shown,
            [
                (1, "preferences.updated", data),
                (2, "preferences.updated", data)
            ]
        );
        assert!(
            acme.get(one).await.unwrap().is_none(),
            "the record took the task along"
        );
    }

    #[tokio::test]
    async fn who_was_deleted_is_told_nothing() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        let id = task(&acme, &told(ada, 1)).await;
        delete(&acme, &ext("ada")).await.unwrap();
        write(&acme, id, told(ada, 1)).await.unwrap();
        assert_eq!(head(&acme, ada).await.unwrap(), 0);
    }

    /// Whoever writes has looked for the user, who is erased before the record is there.
    #[tokio::test]
    async fn an_erase_is_followed_by_no_record() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        let id = task(&acme, &told(ada, 1)).await;
        let erasure = erasure::request(&acme, &ext("ada")).await.unwrap();
        let mut run = erasure::ErasureJob::take(&acme, erasure.id)
            .await
            .unwrap()
            .unwrap();
        while run.step().await.unwrap() {}
        append(&acme, id, told(ada, 1)).await.unwrap();
        assert_eq!(head(&acme, ada).await.unwrap(), 0);
        append(&acme, id, told(ada, 1)).await.unwrap();
        let all = UserRecord::by_seq.eq(UserRecord::user_id, ada);
        assert!(acme.find(all).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_log_keeps_its_last_records() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        let kept = limit::signed(limit::USER_LOG_RECORDS);
        let say = async |at| {
            let id = task(&acme, &told(ada, at)).await;
            write(&acme, id, told(ada, at)).await
        };
        futures_util::future::try_join_all((0..kept + CUT_EVERY).map(say).take(1_000))
            .await
            .unwrap();
        for at in 1_000..kept + CUT_EVERY {
            say(at).await.unwrap();
        }
        let log = log_after(
            &acme,
            Actor::User(ada),
            &IdOrExternalId::Id(ada),
            0,
            base::PageSize::MAX,
        )
        .await
        .unwrap();
        let first = log.records[0].seq;
        assert!(
            log.cut && first > 1 && log.head - first < kept + CUT_EVERY,
            "from {first} to {}",
            log.head
        );
        let rest = log_after(
            &acme,
            Actor::User(ada),
            &IdOrExternalId::Id(ada),
            first - 1,
            base::PageSize::MAX,
        )
        .await
        .unwrap();
        assert!(!rest.cut);
    }
}
