//! Batching sequencer, which numbers the records of a log.
//!
//! A sequencer writes a number only after it has seen the previous one in the store. The unique
//! index over (log, seq) rejects a number that is taken, so concurrent sequencers are allowed and
//! only slower. There is no clock, lease or leader.

mod batch_writer;
#[cfg(feature = "fault-injection")]
mod bugs;
mod log_ref;
mod prepare;
mod queue;
mod settle;
mod tail;

use std::convert::Infallible;
use std::marker::PhantomData;
use std::sync::Arc;

use base::{ObjectId, TenantId};
use quick_cache::sync::Cache;
use tokio::sync::oneshot;

use crate::change_event::ChangeEvent;
use crate::collection::{Entity, LogCollection};
use crate::handle::TenantStore;
use crate::log::{Append, AppendError, Appended};
use queue::{Answer, Answered, LogQueue};

/// Maximum number of logs whose sequencer is kept in memory. One that is dropped while it writes
/// competes with its successor, which is allowed.
const LOGS: usize = 50_000;

type Key = (TenantId, &'static str, ObjectId);

/// Sequencers of this process, one per log that is written.
pub(crate) struct Sequencers(Cache<Key, Arc<LogQueue>>);

impl Default for Sequencers {
    fn default() -> Self {
        Self(Cache::new(LOGS))
    }
}

impl Sequencers {
    pub(crate) fn queue<C: LogCollection>(
        &self,
        tenant: &TenantStore,
        log: ObjectId,
        append: Append<C>,
    ) -> Result<Queued<C>, AppendError> {
        let key = (tenant.id(), C::DECLARATION.name, log);
        let Ok(queue) = self
            .0
            .get_or_insert_with(&key, || Ok::<_, Infallible>(Arc::default()));
        Ok(Queued {
            answer: queue.push::<C>(tenant, log, append)?,
            of: PhantomData,
        })
    }

    /// Handles a change event of another node: the cached end of the log is outdated.
    ///
    /// Lost events may concern any log, even one that was removed, so [`ChangeEvent::Lagged`]
    /// invalidates every cached end.
    pub(crate) fn hear(&self, hint: &ChangeEvent) {
        match hint {
            ChangeEvent::LogAppended {
                tenant,
                declaration,
                log,
                head,
                rows,
            } => {
                if let Some(queue) = self.0.get(&(*tenant, declaration.name, *log)) {
                    queue.hear(*head, rows);
                }
            }
            ChangeEvent::Lagged => self.0.iter().for_each(|(_, queue)| queue.forget()),
            ChangeEvent::DocumentChanged { .. } => {}
        }
    }
}

/// Record that waits for its number, in queue order.
#[derive(Debug)]
#[must_use = "the outcome of the append is only returned here"]
pub struct Queued<C> {
    answer: oneshot::Receiver<Answer>,
    of: PhantomData<fn() -> C>,
}

impl<C: LogCollection> Queued<C> {
    /// Waits for the outcome of the append. Dropping the future does not cancel the append.
    ///
    /// # Errors
    /// Fails with [`AppendError`] if the record is not in the log, or if that is unknown.
    pub async fn outcome(self) -> Result<Appended<C>, AppendError> {
        let answered = self
            .answer
            .await
            .unwrap_or_else(|dropped| Err(AppendError::OutcomeUnknown(Arc::new(dropped))))?;
        let typed =
            |row| Entity::from_row(row).map_err(|mismatch| AppendError::Broken(Arc::new(mismatch)));
        match answered {
            Answered::New(row) => typed(row).map(Appended::New),
            Answered::Known(row) => typed(row).map(Appended::Known),
        }
    }
}
