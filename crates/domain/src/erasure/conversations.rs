use base::{Result, limit};

use super::{Run, Stage};
use crate::messaging::{Conversation, Forgotten, Message, Participant, forget_next};

impl Run {
    /// Takes some conversations out of the user's past.
    pub(super) async fn conversations(&mut self) -> Result<bool> {
        for _ in 0..limit::ERASE_RECORDS {
            match forget_next(&self.tenant, self.erasure.user_id, limit::ERASE_DOCUMENTS).await? {
                Forgotten::Nothing => return self.next_when(true, Stage::Check).await,
                Forgotten::Part => self.note::<Participant>(1),
                Forgotten::Conversation(gone) => {
                    self.note::<Message>(gone);
                    self.note::<Participant>(1);
                    self.note::<Conversation>(1);
                }
                Forgotten::Records(gone) => {
                    self.note::<Message>(gone);
                    break;
                }
            }
        }
        self.next_when(false, Stage::Conversations).await
    }
}
