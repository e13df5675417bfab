use std::sync::Arc;

use crate::change_event::watched;
use crate::due_index;
use crate::engine::CommitError;
use crate::statement::Commit;
use crate::store::Store;

impl Store {
    /// Writes together or not at all, and tells watchers and agendas of it.
    pub(crate) async fn write(&self, commit: Commit) -> Result<(), CommitError> {
        let watched = watched(commit.tenant, &commit.writes);
        let work = due_index::work(&commit.writes);
        // A dropped request must not cut the hint off its write, so both run apart from it.
        let store = self.clone();
        let done = tokio::spawn(async move {
            let place = commit.place;
            let outcome = store.0.engine.commit(commit).await;
            if matches!(outcome, Ok(()) | Err(CommitError::OutcomeUnknown(_))) {
                store.0.agendas.note(place, work);
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
