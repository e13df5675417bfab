//! What the declarations say, line by line.

use base::{Result, limit};
use store::{Collection, Database, Fate, PersonalLine, PersonalRows};

use super::{ErasedDocuments, Run, Stage};
use crate::analytics;
use crate::messaging::{Participant, Reaction};
use crate::users::User;

impl Run {
    /// Erases a bounded part of what the present line finds, or of the next
    /// one that finds something, and goes to `then` behind the last line.
    pub(super) async fn documents(&mut self, then: Stage) -> Result<bool> {
        let person = self.erasure.user_id.object_id();
        while let Some(line) = self.line() {
            if by_line(line) {
                let found = self.tenant.personal_rows(line, person, self.erasure.after, limit::ERASE_DOCUMENTS).await?;
                if !found.rows.is_empty() {
                    return self.erase(line, &found).await;
                }
            }
            (self.erasure.line, self.erasure.after) = (self.erasure.line + 1, None);
        }
        self.next_when(true, then).await
    }

    fn line(&self) -> Option<PersonalLine> {
        self.lines.get(usize::try_from(self.erasure.line).ok()?).copied()
    }

    async fn erase(&mut self, line: PersonalLine, found: &PersonalRows) -> Result<bool> {
        let (mut batch, person) = (self.tenant.batch(), self.erasure.user_id.object_id());
        let erased = if line.declaration().database == Database::Analytics {
            let mut beside = self.tenant.analytics_batch();
            let erased = analytics::forget(&mut beside, line, person, &found.rows)?;
            self.tenant.commit(beside).await?;
            erased
        } else {
            batch.erase(line, person, &found.rows)
        };
        self.add(line.declaration().name, ErasedDocuments { removed: erased.removed, wiped: erased.wiped });
        match (found.next, line.said().fate) {
            (None, _) => (self.erasure.line, self.erasure.after) = (self.erasure.line + 1, None),
            // What was seen is gone: the next ones are the first.
            (Some(_), Fate::Purge) => self.erasure.after = None,
            (next, _) => self.erasure.after = next,
        }
        self.save(batch).await
    }
}

/// Whether a line is carried out as it stands: parts and reactions go by
/// records that others see, and the user last.
fn by_line(line: PersonalLine) -> bool {
    let name = line.declaration().name;
    let own = [Participant::DECLARATION.name, Reaction::DECLARATION.name, User::DECLARATION.name];
    matches!(line.said().fate, Fate::Purge | Fate::Wipe(_)) && !own.contains(&name)
}
