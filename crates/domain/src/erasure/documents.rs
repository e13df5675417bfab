//! What the declarations say, line by line.

use base::{Result, limit};
use store::{Batch, Collection, Database, Erased, ErasureAction, PersonalLine, TenantData};

use super::found::Found;
use super::{ErasedDocuments, ErasureJob, Stage};
use crate::analytics;
use crate::messaging::{Participant, Reaction};
use crate::relationships::{self, Relationship};
use crate::users::User;

impl ErasureJob {
    /// Erases a bounded part of what the present line finds, or of the next
    /// one that finds something, and goes to `then` behind the last line.
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
        // The first ones are removed by one statement, unless some of them stay.
        if found.held.is_empty() && self.erasure.after.is_none() {
            batch.erase(line, self.erasure.user_id.object_id(), &found.free)
        } else {
            batch.erase_some(line, &found.free)
        }
    }
}

/// Whether a line is carried out as it stands: parts and reactions go by
/// records that others see, and the user last.
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

/// Whether a line finds what others hold of the user, which is counted of them.
fn is_anothers_side(line: PersonalLine) -> bool {
    line.declaration().name == Relationship::DECLARATION.name && !line.is_first()
}
