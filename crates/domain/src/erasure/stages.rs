//! Stages of an erasure.

use base::{Result, limit};
use store::{
    Batch, Collection, CommitError, Database, Entity, Erased, ErasureAction, PersonalLine,
    TenantData,
};

use super::job::FoundDocuments;
use super::{ErasedDocuments, ErasureJob, Stage};
use crate::analytics::{self, Granularity, count_marked, marks_until};
use crate::file_processing::FileJob;
use crate::media::{File, FileState, schedule_removal};
use crate::messaging::{
    Conversation, ForgetOutcome, Message, Participant, Reaction, forget, remove_reaction,
};
use crate::relationships::{self, Relationship};
use crate::retention::remove_rule;
use crate::users::User;

impl ErasureJob {
    /// Erases a batch of the current declaration line, or of the next line with documents.
    /// Continues with `then` after the last line.
    pub(super) async fn documents(&mut self, then: Stage) -> Result<bool> {
        while let Some(line) = self.line() {
            if is_erased_directly(line) {
                let found = self.find(line, limit::ERASE_DOCUMENTS).await?;
                if !found.free.is_empty() || !found.held.is_empty() {
                    return self.erase(line, &found).await;
                }
            }
            (self.erasure.line, self.erasure.after) = (self.erasure.line + 1, None);
        }
        self.advance_if(true, then).await
    }

    fn line(&self) -> Option<PersonalLine> {
        self.lines
            .get(usize::try_from(self.erasure.line).ok()?)
            .copied()
    }

    async fn erase(&mut self, line: PersonalLine, found: &FoundDocuments) -> Result<bool> {
        let mut batch = self.tenant.batch();
        self.holds.assert_unchanged(&mut batch);
        let erased = if line.declaration().database == Database::Analytics {
            let mut analytics = self.tenant.analytics_batch();
            let erased = analytics::forget(
                &mut analytics,
                line,
                self.erasure.user_id.object_id(),
                &found.free,
            )?;
            self.tenant.commit(analytics).await?;
            erased
        } else if is_others_relationship(line) {
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
        if self.advance(line, found) {
            (self.erasure.line, self.erasure.after) = (self.erasure.line + 1, None);
        }
        self.save(batch).await
    }

    fn erase_into(
        &self,
        batch: &mut Batch<TenantData>,
        line: PersonalLine,
        found: &FoundDocuments,
    ) -> Erased {
        // The first batch is removed by one statement unless some documents are held.
        if found.held.is_empty() && self.erasure.after.is_none() {
            batch.erase(line, self.erasure.user_id.object_id(), &found.free)
        } else {
            batch.erase_some(line, &found.free)
        }
    }
}

/// Returns whether a line is erased directly. Memberships and reactions need log records, files have
/// content, and the user document is removed last.
fn is_erased_directly(line: PersonalLine) -> bool {
    let name = line.declaration().name;
    let own = [
        Participant::DECLARATION.name,
        Reaction::DECLARATION.name,
        User::DECLARATION.name,
        File::DECLARATION.name,
    ];
    matches!(
        line.said().fate,
        ErasureAction::Delete | ErasureAction::Redact(_)
    ) && !own.contains(&name)
}

/// Returns whether a line finds other users' relationships to the user, which their counts include.
fn is_others_relationship(line: PersonalLine) -> bool {
    line.declaration().name == Relationship::DECLARATION.name && !line.is_first()
}

impl ErasureJob {
    /// Removes a batch of the user's reactions.
    pub(super) async fn reactions(&mut self) -> Result<bool> {
        let Some(line) = self.line_of::<Reaction>() else {
            return self.advance_if(true, Stage::Memberships).await;
        };
        let found = self.find(line, limit::ERASE_RECORDS).await?;
        let gone = found.free.len();
        for row in &found.free {
            let reaction = Entity::from_row(row.clone()).map_err(base::Error::internal)?;
            remove_reaction(&self.tenant, &reaction, &self.no_hold()).await?;
        }
        self.count_removed::<Reaction>(gone);
        let over = self.advance(line, &found);
        self.advance_if(over, Stage::Memberships).await
    }

    /// Removes the next file of the user with its content.
    pub(super) async fn files(&mut self) -> Result<bool> {
        let Some(line) = self.line_of::<File>() else {
            return self.advance_if(true, Stage::Conversations).await;
        };
        let found = self.find(line, 1).await?;
        if let Some(row) = found.free.first() {
            let mut file = Entity::<File>::from_row(row.clone()).map_err(base::Error::internal)?;
            if file.state != FileState::Deleting {
                match schedule_removal(&self.tenant, &file, &self.no_hold()).await {
                    Ok(()) => self.count_removed::<File>(1),
                    // Changed by another job; the next step reads it again.
                    Err(CommitError::PreconditionFailed { .. }) => {
                        return self.advance_if(false, Stage::Files).await;
                    }
                    Err(error) => return Err(error.into()),
                }
                file = match self.tenant.get(file.id).await? {
                    Some(file) => file,
                    None => return self.advance_if(false, Stage::Files).await,
                };
            }
            let mut job = FileJob::of(&self.tenant, &self.media, file);
            Box::pin(job.step()).await?;
            return self.advance_if(false, Stage::Files).await;
        }
        let over = self.advance(line, &found);
        self.advance_if(over, Stage::Conversations).await
    }

    /// Removes a batch of former memberships.
    pub(super) async fn conversations(&mut self) -> Result<bool> {
        let Some(line) = self.line_of::<Participant>() else {
            return self.advance_if(true, Stage::Check).await;
        };
        let found = self.find(line, limit::ERASE_RECORDS).await?;
        for row in &found.free {
            let part =
                Entity::<Participant>::from_row(row.clone()).map_err(base::Error::internal)?;
            let conversation = part.conversation_id;
            let on_last = |batch: &mut _| remove_rule(batch, conversation);
            match forget(
                &self.tenant,
                &part,
                limit::ERASE_DOCUMENTS,
                &self.no_hold(),
                on_last,
            )
            .await?
            {
                ForgetOutcome::Membership => self.count_removed::<Participant>(1),
                ForgetOutcome::Conversation(gone) => {
                    self.count_removed::<Message>(gone);
                    self.count_removed::<Participant>(1);
                    self.count_removed::<Conversation>(1);
                }
                ForgetOutcome::Records(gone) => {
                    self.count_removed::<Message>(gone);
                    return self.advance_if(false, Stage::Conversations).await;
                }
                ForgetOutcome::Conflict => {
                    return self.advance_if(false, Stage::Conversations).await;
                }
            }
        }
        let over = self.advance(line, &found);
        self.advance_if(over, Stage::Check).await
    }
}

impl ErasureJob {
    /// Recomputes the counts that included the user's events, so that no event name used only by
    /// them remains. Hours, days and months, each up to the marks that existed when the stage
    /// began.
    pub(super) async fn counts(&mut self) -> Result<bool> {
        let at = usize::try_from(self.erasure.line).unwrap_or(usize::MAX);
        let Some(granularity) = Granularity::ALL.get(at) else {
            return self.advance_if(true, Stage::User).await;
        };
        let Some(until) = self.erasure.marks_until else {
            // Stored before anything is counted: marks that are added continuously are left to a
            // later step, when no client adds them any more.
            self.erasure.marks_until = Some(marks_until(self.tenant.context().now()));
            return self.advance_if(false, Stage::Counts).await;
        };
        if count_marked(&self.tenant, *granularity, until, limit::ERASE_RECORDS).await?
            < limit::ERASE_RECORDS
        {
            (self.erasure.line, self.erasure.marks_until) = (self.erasure.line + 1, None);
        }
        self.advance_if(false, Stage::Counts).await
    }
}
