//! Combines the updates of one collection in one command, to save a round trip for each.

use mongodb::ClientSession;
use mongodb::bson::{Document, doc};
use store::statement::Commit;
use store::{CommitError, Deletion, Expect, Write};

use super::operation::{self, Operation};
use super::transaction::{Failed, passing_or_final};
use crate::MongoEngine;
use crate::document::number;
use crate::fault::in_time;

/// Returns whether an update requires only that its document exists.
pub(super) const fn is_plain(write: &Write) -> bool {
    matches!(
        write,
        Write::Update {
            expect: Expect::Present,
            deletion: Deletion::Keep | Deletion::Mark(_),
            ..
        }
    )
}

impl MongoEngine {
    /// Applies plain updates of one collection in order, with one command.
    ///
    /// # Errors
    /// Fails with [`Failed::Apart`] if an update failed or matched no document, and otherwise like
    /// [`passing_or_final`] if the command itself failed.
    pub(super) async fn update_together(
        &self,
        commit: &Commit,
        positions: &[usize],
        session: &mut ClientSession,
    ) -> Result<(), Failed> {
        let broken = |cause| Failed::Final(CommitError::Broken(cause));
        let Some(declaration) = positions
            .first()
            .map(|first| commit.writes()[*first].declaration())
        else {
            return Ok(());
        };
        let mut updates: Vec<Document> = Vec::with_capacity(positions.len());
        for position in positions {
            if let Operation::Update {
                filter,
                update,
                hint,
                ..
            } = operation::of(commit, &commit.writes()[*position]).map_err(broken)?
            {
                updates.push(doc! { "q": filter, "u": update, "hint": hint });
            }
        }
        let collection = self.names.collection(*commit.partition(), declaration);
        let name = collection.name();
        self.record(
            *commit.partition(),
            declaration,
            || doc! { "update": name, "updates": [updates[0].clone()] },
        )
        .await;
        let command = doc! { "update": name, "updates": updates, "ordered": true };
        let database = self.client.database(&collection.namespace().db);
        let reply = in_time(database.run_command(command).session(session))
            .await
            .map_err(passing_or_final)?;
        let met = number(reply.get("n")) == i64::try_from(positions.len()).unwrap_or(i64::MAX);
        // The attempt with one command per write finds out which update failed.
        if met && !reply.contains_key("writeErrors") {
            Ok(())
        } else {
            Err(Failed::Apart)
        }
    }
}
