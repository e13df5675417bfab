//! What must follow a write elsewhere: written in the batch of its cause,
//! done soon after by whichever server takes its lease, at least once and
//! under the same id each time.

mod collections;

pub use collections::{Outbox, TaskKind};

use base::{Error, Id, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{Batch, Collection, Declaration, JsonText, TenantData};

use crate::identity::User;

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[Outbox::DECLARATION];

/// Something that follows a write. What is stored is its JSON form, so a
/// change of it must still read what older servers wrote.
pub trait Task: Serialize + DeserializeOwned {
    /// What kind it is.
    const KIND: TaskKind;

    /// Whom it is for, when it is for one alone: it goes when they are erased.
    fn user(&self) -> Option<Id<User>>;
}

/// Sees to it that the task is done once this batch stands: at once, and
/// whatever becomes of this process. Answers its name.
pub fn put<T: Task>(batch: &mut Batch<TenantData>, task: &T) -> Id<Outbox> {
    // Our own structures always have a JSON form.
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
    /// The task of the kind that the row says.
    ///
    /// # Errors
    /// 500 when the payload is not one of the kind.
    pub fn task<T: Task>(&self) -> Result<T> {
        serde_json::from_str(&self.payload.0).map_err(Error::internal)
    }
}
