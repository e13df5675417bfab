use base::{ObjectId, Result};
use store::{Collection, ErasureAction, PersonalLine, Row, Value};

use super::{ErasedDocuments, ErasureJob};
use crate::messaging::Conversation;

/// A part of what a line finds of the user.
pub(super) struct Found {
    /// What may go.
    pub(super) free: Vec<Row>,
    /// What a legal hold keeps: on its conversation, or on whose it is.
    pub(super) held: Vec<Row>,
    /// The last one.
    last: Option<ObjectId>,
    /// Whether there may be more.
    more: bool,
}

impl ErasureJob {
    pub(super) fn line_of<C: Collection>(&self) -> Option<PersonalLine> {
        self.lines
            .iter()
            .find(|line| line.declaration().name == C::DECLARATION.name)
            .copied()
    }

    /// What stands behind the last document that was seen and stays.
    pub(super) async fn find(&self, line: PersonalLine, limit: usize) -> Result<Found> {
        let person = self.erasure.user_id.object_id();
        let after = match self.erasure.after {
            Some(after) => self.tenant.personal_position(line, after).await?,
            None => None,
        };
        let found = self
            .tenant
            .personal_rows(line, person, after, limit)
            .await?;
        let more = found.next.is_some();
        let last = found.rows.last().map(|row| row.id);
        let kept = self
            .holds
            .among(found.rows.iter().flat_map(|row| subjects(line, row)))
            .await?;
        let is_held = |row: &Row| subjects(line, row).any(|subject| kept.contains(&subject));
        let (held, free) = found.rows.into_iter().partition(is_held);
        Ok(Found {
            free,
            held,
            last,
            more,
        })
    }

    /// Goes on behind what was found and done; says whether that was all.
    pub(super) fn behind(&mut self, line: PersonalLine, found: &Found) -> bool {
        let kept = ErasedDocuments {
            held: found.held.len(),
            ..ErasedDocuments::default()
        };
        self.add(line.declaration().name, kept);
        match line.said().fate {
            // What was free is gone: the next ones stand behind what is held.
            ErasureAction::Delete => {
                if let Some(last) = found.held.last() {
                    self.erasure.after = Some(last.id);
                }
            }
            ErasureAction::Redact(_) | ErasureAction::Retain | ErasureAction::Expire => {
                self.erasure.after = found.last
            }
        }
        !found.more
    }
}

/// What a hold may lie on that keeps the document: its conversation, and whose
/// it is where it only mentions the user.
fn subjects(line: PersonalLine, row: &Row) -> impl Iterator<Item = ObjectId> {
    let declaration = line.declaration();
    let owner = declaration
        .personal
        .first()
        .filter(|_| !line.is_first())
        .map(|first| first.field);
    let named = [declaration.refers_to::<Conversation>(), owner];
    let ids = named.map(|field| match row.field(declaration, field?)? {
        Value::Id(id) => Some(id),
        _ => None,
    });
    ids.into_iter().flatten()
}
