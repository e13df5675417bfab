//! The batching sequencer: numbers the records of a log.
//!
//! One number is written only by who has seen the one before it in the store,
//! and the unique index over (log, seq) is the fence, so rival sequencers are
//! legal and only slower. No clock, lease or leader decides anything.

mod batch_writer;
mod log_ref;
mod prepare;
mod queue;
mod settle;
mod tail;
#[cfg(all(test, feature = "conformance"))]
mod tests;

#[cfg(feature = "conformance")]
pub mod planted;

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

/// Logs whose sequencer is kept in memory. One that is dropped while it
/// writes becomes a rival of its successor, which is legal.
const LOGS: usize = 50_000;

type Key = (TenantId, &'static str, ObjectId);

/// The sequencers of this process, one per log that is written to.
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

    /// Another node wrote: what memory holds of the log's end no longer does.
    /// Where hints were lost, that may be so of any log, one that is gone included.
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

/// A record that waits for its number, in the order in which it was queued.
#[derive(Debug)]
#[must_use = "what becomes of the record is told only here"]
pub struct Queued<C> {
    answer: oneshot::Receiver<Answer>,
    of: PhantomData<fn() -> C>,
}

impl<C: LogCollection> Queued<C> {
    /// Waits until it is known what became of the record. Dropping the future
    /// does not take it back.
    ///
    /// # Errors
    /// [`AppendError`] says why the record is not there, or that it is unclear.
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
