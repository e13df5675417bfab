//! User log: a dense log per user for events outside the conversations they follow, written from
//! the outbox.

mod collections;

pub use collections::{Ended, UserRecord};

use std::ops::Bound;

use base::{Error, ErrorCode, Id, IdOrExternalId, ObjectId, PageSize, Result, limit};
use serde::{Deserialize, Serialize};
use store::{
    Append, AppendError, Appended, Batch, Collection, Declaration, Entity, Guard, JsonText,
    TenantData, TenantStore,
};

use crate::actor::Actor;
use crate::identity::{User, resolve};
use crate::outbox::{self, Outbox, Task, TaskKind};

/// Collections of the module.
pub(crate) const COLLECTIONS: &[&Declaration] = &[UserRecord::DECLARATION];

/// An event for all devices of a user. Contains ids and versions only: names and contents are
/// fetched from their source, so that none is outdated and an erasure finds all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum UserEvent {
    /// The user joined a conversation.
    #[serde(rename = "conversation.joined")]
    ConversationJoined {
        /// The conversation.
        conversation_id: ObjectId,
    },
    /// The user left a conversation or was removed from it.
    #[serde(rename = "conversation.left")]
    ConversationLeft {
        /// The conversation.
        conversation_id: ObjectId,
    },
    /// The user object was changed.
    #[serde(rename = "user.updated")]
    UserUpdated {
        /// The user. Without a version, because concurrent upserts may be logged in any order.
        user_id: Id<User>,
    },
    /// The user's profile was changed.
    #[serde(rename = "profile.updated")]
    ProfileUpdated {
        /// The version of the profile.
        version: i64,
    },
    /// The user's preferences were changed.
    #[serde(rename = "preferences.updated")]
    PreferencesUpdated {
        /// The version of the preferences.
        version: i64,
    },
    /// A value of the app data was written.
    #[serde(rename = "app_data.updated")]
    AppDataUpdated {
        /// The app.
        app_id: String,
        /// The key.
        key: String,
        /// The version of the value.
        version: i64,
    },
    /// A value of the app data was deleted.
    #[serde(rename = "app_data.deleted")]
    AppDataDeleted {
        /// The app.
        app_id: String,
        /// The key.
        key: String,
    },
    /// The relationship to another user was changed.
    #[serde(rename = "relationship.updated")]
    RelationshipUpdated {
        /// The other user.
        user_id: Id<User>,
    },
    /// A device was removed; its connections are closed.
    #[serde(rename = "device.removed")]
    DeviceRemoved {
        /// The `device_id` of its `hello` frame.
        device_id: String,
    },
    /// A session ended; its connections are closed.
    #[serde(rename = "session.ended")]
    SessionEnded {
        /// The session.
        session_id: ObjectId,
    },
}

/// The outbox task that appends an event to a user's log.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tell {
    /// The user who owns the log.
    pub user_id: Id<User>,
    /// The event.
    pub event: UserEvent,
}

impl Task for Tell {
    const KIND: TaskKind = TaskKind::TellUser;

    fn user(&self) -> Option<Id<User>> {
        Some(self.user_id)
    }
}

/// Appends an event to the user's log once this batch is committed.
pub fn tell(batch: &mut Batch<TenantData>, user_id: Id<User>, event: UserEvent) {
    outbox::put(batch, &Tell { user_id, event });
}

/// A page of a user's log.
#[derive(Debug, Clone)]
pub struct UserLog {
    /// The records, oldest first.
    pub records: Vec<Entity<UserRecord>>,
    /// Sequence number of the log's last record.
    pub head: i64,
    /// Whether records between the cursor and these were truncated. The client must reload what it
    /// follows.
    pub cut: bool,
}

/// Returns the sequence number of the last record of a user's log; 0 for an empty log.
///
/// # Errors
/// When the store is unavailable.
pub async fn head(tenant: &TenantStore, user: Id<User>) -> Result<i64> {
    Ok(tenant
        .heads::<UserRecord>(&[user])
        .await?
        .pop()
        .map_or(0, |head| head.seq))
}

/// Returns records of a user's log in a range, oldest first, at most [`limit::RANGE_RECORDS`]. The
/// caller has checked the permission.
///
/// # Errors
/// When the store is unavailable.
pub async fn records(
    tenant: &TenantStore,
    user: Id<User>,
    from: Bound<i64>,
    to: Bound<i64>,
) -> Result<Vec<Entity<UserRecord>>> {
    let log = UserRecord::by_seq.eq(UserRecord::user_id, user);
    Ok(tenant
        .list(
            log.between(UserRecord::seq, from, to)
                .limit(limit::RANGE_RECORDS),
        )
        .await?
        .items)
}

/// Returns at most `size` records of a user's log after `after`, oldest first. Requires the user or
/// the tenant's server.
///
/// # Errors
/// 403 `forbidden` for another user, 404 `user_not_found`.
pub async fn log_after(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<User>,
    after: i64,
    size: PageSize,
) -> Result<UserLog> {
    let user = resolve(tenant, name).await?.id;
    if let Actor::User(reader) = actor
        && reader != user
    {
        return Err(Error::new(
            ErrorCode::Forbidden,
            "A user can only read their own log.",
        ));
    }
    let head = head(tenant, user).await?;
    let log = UserRecord::by_seq.eq(UserRecord::user_id, user);
    let log = log.between(UserRecord::seq, Bound::Excluded(after), Bound::Unbounded);
    let records = tenant.list(log.limit(size.get())).await?.items;
    let cut = records
        .first()
        .is_some_and(|first| first.seq > after.saturating_add(1));
    Ok(UserLog { records, head, cut })
}

/// Number of records between two truncations of a log.
const TRUNCATE_INTERVAL: i64 = 64;

/// Appends the record of an outbox task. Idempotent per task. No effect for a deleted user, who has
/// no devices.
///
/// # Errors
/// When the store is unavailable.
pub async fn write(tenant: &TenantStore, task_id: Id<Outbox>, tell: Tell) -> Result<()> {
    if tenant.get(tell.user_id).await?.is_none() {
        return Ok(());
    }
    append(tenant, task_id, tell).await
}

/// Appends the record and removes the task in one commit. A concurrent erasure has removed the
/// task; the record must not be appended after it.
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
    let store = tenant.clone();
    let guard = Guard::new(move |_| {
        let mut batch = store.batch();
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
        Ok(Appended::New(record)) if record.seq % TRUNCATE_INTERVAL == 0 => {
            truncate(tenant, user_id, record.seq).await
        }
        Ok(_) | Err(AppendError::PreconditionFailed { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn parts(event: &serde_json::Value) -> (String, JsonText) {
    let r#type = event["type"].as_str().unwrap_or_default().to_owned();
    (r#type, JsonText(event["data"].to_string().into()))
}

/// Removes records older than the last [`limit::USER_LOG_RECORDS`]. The next call continues after
/// an interruption.
async fn truncate(tenant: &TenantStore, user: Id<User>, head: i64) -> Result<()> {
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
    use crate::outbox::put;
    use crate::user_log::{UserEvent, head, log_after};
    use crate::users::delete;
    use crate::world::{World, ext, person};
    use crate::{Actor, erasure};

    fn preferences_updated(user_id: Id<User>, version: i64) -> Tell {
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
    async fn repeated_task_writes_one_record() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        let one = task(&acme, &preferences_updated(ada, 3)).await;
        let other = task(&acme, &preferences_updated(ada, 3)).await;
        for id in [one, one, other, one] {
            write(&acme, id, preferences_updated(ada, 3)).await.unwrap();
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
    async fn deleted_user_receives_no_record() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        let id = task(&acme, &preferences_updated(ada, 1)).await;
        delete(&acme, &ext("ada")).await.unwrap();
        write(&acme, id, preferences_updated(ada, 1)).await.unwrap();
        assert_eq!(head(&acme, ada).await.unwrap(), 0);
    }

    /// The writer has checked that the user exists; the user is erased before the record is
    /// appended.
    #[tokio::test]
    async fn erased_user_receives_no_record() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        let id = task(&acme, &preferences_updated(ada, 1)).await;
        let erasure = erasure::request(&acme, &ext("ada")).await.unwrap();
        let mut run = erasure::ErasureJob::lease(&acme, &world.media, erasure.id)
            .await
            .unwrap()
            .unwrap();
        while run.step().await.unwrap() {}
        append(&acme, id, preferences_updated(ada, 1))
            .await
            .unwrap();
        assert_eq!(head(&acme, ada).await.unwrap(), 0);
        append(&acme, id, preferences_updated(ada, 1))
            .await
            .unwrap();
        let all = UserRecord::by_seq.eq(UserRecord::user_id, ada);
        assert!(acme.find(all).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn log_is_truncated_to_last_records() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        let kept = limit::signed(limit::USER_LOG_RECORDS);
        let say = async |at| {
            let id = task(&acme, &preferences_updated(ada, at)).await;
            write(&acme, id, preferences_updated(ada, at)).await
        };
        futures_util::future::try_join_all((0..kept + TRUNCATE_INTERVAL).map(say).take(1_000))
            .await
            .unwrap();
        for at in 1_000..kept + TRUNCATE_INTERVAL {
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
            log.cut && first > 1 && log.head - first < kept + TRUNCATE_INTERVAL,
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
