use base::{Result, limit};
use store::Entity;

use super::{ErasureJob, Stage};
use crate::messaging::{Conversation, Forgotten, Message, Participant, Reaction, forget, withdraw};
use crate::retention::forget_rule;

impl ErasureJob {
    /// Takes some of the user's reactions back.
    pub(super) async fn reactions(&mut self) -> Result<bool> {
        let Some(line) = self.line_of::<Reaction>() else {
            return self.next_when(true, Stage::Memberships).await;
        };
        let found = self.find(line, limit::ERASE_RECORDS).await?;
        let gone = found.free.len();
        for row in &found.free {
            let reaction = Entity::from_row(row.clone()).map_err(base::Error::internal)?;
            withdraw(&self.tenant, &reaction, &self.unheld()).await?;
        }
        self.note::<Reaction>(gone);
        let over = self.behind(line, &found);
        self.next_when(over, Stage::Memberships).await
    }

    /// Takes some conversations out of the user's past.
    pub(super) async fn conversations(&mut self) -> Result<bool> {
        let Some(line) = self.line_of::<Participant>() else {
            return self.next_when(true, Stage::Check).await;
        };
        let found = self.find(line, limit::ERASE_RECORDS).await?;
        for row in &found.free {
            let part =
                Entity::<Participant>::from_row(row.clone()).map_err(base::Error::internal)?;
            let conversation = part.conversation_id;
            let at_last = |batch: &mut _| forget_rule(batch, conversation);
            match forget(
                &self.tenant,
                &part,
                limit::ERASE_DOCUMENTS,
                &self.unheld(),
                at_last,
            )
            .await?
            {
                Forgotten::Membership => self.note::<Participant>(1),
                Forgotten::Conversation(gone) => {
                    self.note::<Message>(gone);
                    self.note::<Participant>(1);
                    self.note::<Conversation>(1);
                }
                Forgotten::Records(gone) => {
                    self.note::<Message>(gone);
                    return self.next_when(false, Stage::Conversations).await;
                }
                Forgotten::LookAgain => return self.next_when(false, Stage::Conversations).await,
            }
        }
        let over = self.behind(line, &found);
        self.next_when(over, Stage::Check).await
    }
}
