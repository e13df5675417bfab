//! Updates of one collection by one command: one round trip, not one each.

use mongodb::ClientSession;
use mongodb::bson::{Document, doc};
use store::statement::Commit;
use store::{CommitError, Deletion, Expect, Write};

use super::operation::{self, Operation};
use super::transaction::{Failed, passing_or_final};
use crate::MongoEngine;
use crate::document::number;
use crate::fault::in_time;

/// Whether an update needs nothing but that its document is there.
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
    /// Does plain updates of one collection, in their order.
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
        let collection = self.names.collection(*commit.place(), declaration);
        let name = collection.name();
        self.record(
            *commit.place(),
            declaration,
            || doc! { "update": name, "updates": [updates[0].clone()] },
        )
        .await;
        let command = doc! { "update": name, "updates": updates, "ordered": true };
        let database = self.client.database(&collection.namespace().db);
        let told = in_time(database.run_command(command).session(session))
            .await
            .map_err(passing_or_final)?;
        let met = number(told.get("n")) == i64::try_from(positions.len()).unwrap_or(i64::MAX);
        // Which of them was refused is told one by one.
        if met && !told.contains_key("writeErrors") {
            Ok(())
        } else {
            Err(Failed::Apart)
        }
    }
}
