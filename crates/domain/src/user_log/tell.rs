use base::Id;
use serde::{Deserialize, Serialize};
use store::{Batch, TenantData};

use super::UserEvent;
use crate::identity::User;
use crate::outbox::{self, Task, TaskKind};

/// That a user's devices must be told something.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tell {
    /// Whose devices.
    pub user_id: Id<User>,
    /// What they are told.
    pub event: UserEvent,
}

impl Task for Tell {
    const KIND: TaskKind = TaskKind::TellUser;

    fn user(&self) -> Option<Id<User>> {
        Some(self.user_id)
    }
}

/// Tells all the user's devices, once this batch stands.
pub fn tell(batch: &mut Batch<TenantData>, user_id: Id<User>, event: UserEvent) {
    outbox::put(batch, &Tell { user_id, event });
}
