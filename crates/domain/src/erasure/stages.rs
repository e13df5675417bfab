//! Stages of an erasure.

use base::{Result, limit};
use store::{Batch, Collection, Database, Entity, Erased, ErasureAction, PersonalLine, TenantData};

use super::job::Found;
use super::{ErasedDocuments, ErasureJob, Stage};
use crate::analytics::{self, Granularity, count_marked, marks_until};
use crate::messaging::{Conversation, Forgotten, Message, Participant, Reaction, forget, withdraw};
use crate::relationships::{self, Relationship};
use crate::retention::forget_rule;
use crate::users::User;

impl ErasureJob {
    /// Erases a batch of the current declaration line, or of the next line with documents.
    /// Continues with `then` after the last line.
    pub(super) async fn documents(&mut self, then: Stage) -> Result<bool> {
        while let Some(line) = self.line() {
            if by_line(line) {
                let found = self.find(line, limit::ERASE_DOCUMENTS).await?;
                if !found.free.is_empty() || !found.held.is_empty() {
                    return self.erase(line, &found).await;
                }
            }
            (self.erasure.line, self.erasure.after) = (self.erasure.line + 1, None);
        }
        self.next_when(true, then).await
    }

    fn line(&self) -> Option<PersonalLine> {
        self.lines
            .get(usize::try_from(self.erasure.line).ok()?)
            .copied()
    }

    async fn erase(&mut self, line: PersonalLine, found: &Found) -> Result<bool> {
        let mut batch = self.tenant.batch();
        self.holds.heed(&mut batch);
        let erased = if line.declaration().database == Database::Analytics {
            let mut beside = self.tenant.analytics_batch();
            let erased = analytics::forget(
                &mut beside,
                line,
                self.erasure.user_id.object_id(),
                &found.free,
            )?;
            self.tenant.commit(beside).await?;
            erased
        } else if is_anothers_side(line) {
            relationships::forget(&self.tenant, &mut batch, found.free.clone()).await?;
            Erased {
                removed: found.free.len(),
                wiped: 0,
            }
        } else {
            self.erase_into(&mut batch, line, found)
        };
        let removed = erased.removed;
        let wiped = erased.wiped;
        self.add(
            line.declaration().name,
            ErasedDocuments {
                removed,
                wiped,
                ..ErasedDocuments::default()
            },
        );
        if self.behind(line, found) {
            (self.erasure.line, self.erasure.after) = (self.erasure.line + 1, None);
        }
        self.save(batch).await
    }

    fn erase_into(
        &self,
        batch: &mut Batch<TenantData>,
        line: PersonalLine,
        found: &Found,
    ) -> Erased {
        // The first batch is removed by one statement unless some documents are held.
        if found.held.is_empty() && self.erasure.after.is_none() {
            batch.erase(line, self.erasure.user_id.object_id(), &found.free)
        } else {
            batch.erase_some(line, &found.free)
        }
    }
}

/// Returns whether a line is erased directly. Memberships and reactions need log records, and the
/// user document is removed last.
fn by_line(line: PersonalLine) -> bool {
    let name = line.declaration().name;
    let own = [
        Participant::DECLARATION.name,
        Reaction::DECLARATION.name,
        User::DECLARATION.name,
    ];
    matches!(
        line.said().fate,
        ErasureAction::Delete | ErasureAction::Redact(_)
    ) && !own.contains(&name)
}

/// Returns whether a line finds other users' relationships to the user, which their counts include.
fn is_anothers_side(line: PersonalLine) -> bool {
    line.declaration().name == Relationship::DECLARATION.name && !line.is_first()
}

impl ErasureJob {
    /// Removes a batch of the user's reactions.
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

    /// Removes a batch of former memberships.
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

impl ErasureJob {
    /// Recomputes the counts that included the user's events, so that no event name used only by
    /// them remains. Hours, days and months, each up to the marks that existed when the stage
    /// began.
    pub(super) async fn counts(&mut self) -> Result<bool> {
        let at = usize::try_from(self.erasure.line).unwrap_or(usize::MAX);
        let Some(granularity) = Granularity::ALL.get(at) else {
            return self.next_when(true, Stage::User).await;
        };
        let Some(until) = self.erasure.marks_until else {
            // Stored before anything is counted: marks that are added continuously are left to a
            // later step, when no client adds them any more.
            self.erasure.marks_until = Some(marks_until(self.tenant.context().now()));
            return self.next_when(false, Stage::Counts).await;
        };
        if count_marked(&self.tenant, *granularity, until, limit::ERASE_RECORDS).await?
            < limit::ERASE_RECORDS
        {
            (self.erasure.line, self.erasure.marks_until) = (self.erasure.line + 1, None);
        }
        self.next_when(false, Stage::Counts).await
    }
}
