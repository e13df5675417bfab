use std::sync::Arc;

use crate::change_event::watched;
use crate::due_index;
use crate::engine::CommitError;
use crate::statement::Commit;
use crate::store::Store;

impl Store {
    /// Commits the writes atomically, notifies watchers and records the due work.
    pub(crate) async fn write(&self, commit: Commit) -> Result<(), CommitError> {
        let watched = watched(commit.tenant, &commit.writes);
        let work = due_index::work(&commit.writes);
        // A cancelled request must not separate the event from its write, so both run in a task of
        // their own.
        let store = self.clone();
        let done = tokio::spawn(async move {
            let partition = commit.partition;
            let outcome = store.0.engine.commit(commit).await;
            if matches!(outcome, Ok(()) | Err(CommitError::OutcomeUnknown(_))) {
                store.0.agendas.note(partition, work);
            }
            match &outcome {
                Ok(()) => watched.into_iter().for_each(|hint| store.0.tell(hint)),
                Err(CommitError::OutcomeUnknown(_)) => watched
                    .into_iter()
                    .for_each(|hint| store.0.tell(hint.in_doubt())),
                Err(_) => {}
            }
            outcome
        });
        done.await
            .unwrap_or_else(|error| Err(CommitError::OutcomeUnknown(Arc::new(error))))
    }
}
