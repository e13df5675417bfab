//! Outbox: follow-up tasks stored in the batch of the write that causes them. A server leases each
//! task shortly afterwards and executes it at least once, always under the same id.

mod collections;

pub use collections::{Outbox, TaskKind};

use base::{Error, Id, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{Batch, Collection, Declaration, JsonText, TenantData};

use crate::identity::User;

/// Collections of the module.
pub(crate) const COLLECTIONS: &[&Declaration] = &[Outbox::DECLARATION];

/// A follow-up task. Stored as JSON: changes of a type must still read what older servers have
/// written.
pub trait Task: Serialize + DeserializeOwned {
    /// Kind of the task.
    const KIND: TaskKind;

    /// Returns the user whom the task concerns, if it concerns only one. The task is removed when
    /// they are erased.
    fn user(&self) -> Option<Id<User>>;
}

/// Adds a task to a batch and returns its id. Once the batch is committed, the task is executed at
/// least once, even if this process crashes.
pub fn put<T: Task>(batch: &mut Batch<TenantData>, task: &T) -> Id<Outbox> {
    // Serialization of these types cannot fail.
    let payload = JsonText(serde_json::to_string(task).unwrap_or_default().into());
    let due_at = Some(batch.now());
    batch
        .insert(Outbox {
            kind: T::KIND,
            user_id: task.user(),
            payload,
            due_at,
            attempts: 0,
        })
        .id
}

impl Outbox {
    /// Parses the payload as a task of the type.
    ///
    /// # Errors
    /// 500 if the payload does not match.
    pub fn task<T: Task>(&self) -> Result<T> {
        serde_json::from_str(&self.payload.0).map_err(Error::internal)
    }
}
