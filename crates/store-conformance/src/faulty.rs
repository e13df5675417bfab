use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use base::{ObjectId, TenantId};
use parking_lot::Mutex;
use tokio::sync::broadcast;

use super::rng::Rng;
use store::ChangeEvent;
use store::partition::Partition;
use store::statement::{Commit, Count, Covered, Due, Get, GroupCount, Head, Heads, List, ListEach};
use store::{Cause, CommitError, Engine, ReadError};
use store::{Declaration, Row, Stats, Value, Write};

/// Fault of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The commit is not written and fails as unavailable.
    Unavailable,
    /// The commit is not written and fails as halted until an operator acts.
    Halted,
    /// The commit is not written, and its outcome is reported as unknown.
    Lost,
    /// The commit is written, and its outcome is reported as unknown.
    Unheard,
    /// The outcome is reported as unknown, and the commit is written a little later.
    Late,
    /// The first half of a sequencer batch is written, and the outcome is reported as unknown.
    /// Other commits fail like [`Self::Lost`].
    Half,
}

/// Engine with injected faults. It is one of several nodes over the same data.
pub struct Faulty {
    engine: Arc<dyn Engine>,
    script: Mutex<VecDeque<Fault>>,
    /// Fault of every commit after the end of the script.
    always: Mutex<Option<Fault>>,
    random: Mutex<Option<Rng>>,
    blind: AtomicUsize,
    injected: AtomicUsize,
    hints: Option<broadcast::Sender<Arc<ChangeEvent>>>,
}

#[derive(Debug, thiserror::Error)]
#[error("a fault on purpose: {0}")]
struct OnPurpose(&'static str);

fn cause(reason: &'static str) -> Cause {
    Arc::new(OnPurpose(reason))
}

/// Average number of commits per random fault. Reads fail at a third of this rate.
const ONE_IN: usize = 6;

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faulty")
    }
}

impl Faulty {
    /// Creates a node over the engine, without faults. With `hints`, the node publishes the log
    /// records that it writes to all nodes, including itself.
    #[must_use]
    pub fn new(
        engine: Arc<dyn Engine>,
        hints: Option<broadcast::Sender<Arc<ChangeEvent>>>,
    ) -> Self {
        let script = Mutex::default();
        let always = Mutex::new(None);
        let random = Mutex::new(None);
        Self {
            engine,
            script,
            always,
            random,
            blind: AtomicUsize::new(0),
            injected: AtomicUsize::new(0),
            hints,
        }
    }

    /// Adds faults for the next commits.
    pub fn script(&self, faults: impl IntoIterator<Item = Fault>) {
        self.script.lock().extend(faults);
    }

    /// Sets the fault of every commit after the script; `None` removes it.
    pub fn always(&self, fault: Option<Fault>) {
        *self.always.lock() = fault;
    }

    /// Delays commits and reads and lets some of them fail at random; `None` ends this.
    pub fn at_random(&self, seed: Option<u64>) {
        *self.random.lock() = seed.map(Rng::new);
    }

    /// Lets the next reads by id fail.
    pub fn blind(&self, reads: usize) {
        self.blind.store(reads, Ordering::SeqCst);
    }

    /// Returns the number of commits with an injected fault.
    #[must_use]
    pub fn injected(&self) -> usize {
        self.injected.load(Ordering::SeqCst)
    }

    fn next_fault(&self) -> Option<Fault> {
        let scripted = self.script.lock().pop_front().or(*self.always.lock());
        let kinds = [
            Fault::Unavailable,
            Fault::Lost,
            Fault::Unheard,
            Fault::Late,
            Fault::Half,
        ];
        let random = || {
            self.random
                .lock()
                .as_ref()
                .filter(|dice| dice.once_in(ONE_IN))
                .and_then(|dice| dice.pick(&kinds))
        };
        let fault = scripted.or_else(random);
        self.injected
            .fetch_add(usize::from(fault.is_some()), Ordering::SeqCst);
        fault
    }

    /// Waits for a random time, so that nodes interleave in every order.
    async fn dawdle(&self) {
        let millis = self.random.lock().as_ref().map(|dice| dice.below(8) as u64);
        if let Some(millis) = millis {
            tokio::time::sleep(Duration::from_millis(millis)).await;
        }
    }

    async fn before_read(&self) -> Result<(), ReadError> {
        self.dawdle().await;
        let fails = self
            .random
            .lock()
            .as_ref()
            .is_some_and(|dice| dice.once_in(ONE_IN * 3));
        if fails {
            Err(ReadError::Unavailable(cause("no read")))
        } else {
            Ok(())
        }
    }

    /// Commits and publishes change events, whatever the caller receives.
    async fn commit_and_tell(&self, commit: Commit) -> Result<(), CommitError> {
        let hints: Vec<_> = commit
            .writes()
            .iter()
            .filter_map(|write| grew(*commit.tenant(), write))
            .collect();
        self.engine.commit(commit).await?;
        for hint in hints {
            // A missing subscriber is no failure, and neither is a lost event.
            let lost = self
                .random
                .lock()
                .as_ref()
                .is_some_and(|dice| dice.once_in(4));
            let _ = self
                .hints
                .as_ref()
                .filter(|_| !lost)
                .map(|bus| bus.send(Arc::new(hint)));
        }
        Ok(())
    }
}

/// Returns the change event of a record.
fn grew(tenant: Option<TenantId>, write: &Write) -> Option<ChangeEvent> {
    let Write::Insert { declaration, row } = write else {
        return None;
    };
    let decl = declaration.log?;
    match (
        row.field(declaration, decl.key)?,
        row.field(declaration, decl.seq)?,
    ) {
        (Value::Id(log), Value::Int(head)) => Some(ChangeEvent::LogAppended {
            tenant: tenant?,
            declaration,
            log,
            head,
            rows: vec![Arc::clone(row)],
        }),
        _ => None,
    }
}

#[async_trait]
impl Engine for Faulty {
    async fn get(&self, get: Get) -> Result<Vec<Row>, ReadError> {
        let blind = self
            .blind
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            })
            .is_ok();
        if blind {
            return Err(ReadError::Unavailable(cause("blind")));
        }
        self.before_read().await?;
        self.engine.get(get).await
    }

    async fn list(&self, list: List) -> Result<Vec<Row>, ReadError> {
        self.before_read().await?;
        self.engine.list(list).await
    }

    async fn list_each(&self, list: ListEach) -> Result<Vec<Row>, ReadError> {
        self.before_read().await?;
        self.engine.list_each(list).await
    }

    async fn covered(&self, covered: Covered) -> Result<Vec<Vec<Value>>, ReadError> {
        self.before_read().await?;
        self.engine.covered(covered).await
    }

    async fn count(&self, count: Count) -> Result<Vec<usize>, ReadError> {
        self.before_read().await?;
        self.engine.count(count).await
    }

    async fn tally(&self, tally: GroupCount) -> Result<Vec<(Option<Value>, usize)>, ReadError> {
        self.before_read().await?;
        self.engine.tally(tally).await
    }

    async fn heads(&self, heads: Heads) -> Result<Vec<Head>, ReadError> {
        self.before_read().await?;
        self.engine.heads(heads).await
    }

    async fn due(&self, due: Due) -> Result<Vec<(TenantId, ObjectId)>, ReadError> {
        self.before_read().await?;
        self.engine.due(due).await
    }

    async fn commit(&self, mut commit: Commit) -> Result<(), CommitError> {
        let fault = self.next_fault();
        self.dawdle().await;
        match fault {
            None => return self.commit_and_tell(commit).await,
            Some(Fault::Unavailable) => return Err(CommitError::Unavailable(cause("not written"))),
            Some(Fault::Halted) => return Err(CommitError::Halted(cause("the disk is full"))),
            Some(Fault::Lost) => {}
            Some(Fault::Unheard) => self.commit_and_tell(commit).await?,
            Some(Fault::Late) => {
                let engine = Arc::clone(&self.engine);
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(25)).await;
                    // The late commit may fail because of a conflicting write since then.
                    let _ = engine.commit(commit).await;
                });
            }
            Some(Fault::Half) => {
                let kept = if *commit.run() {
                    commit.writes().len() / 2
                } else {
                    0
                };
                commit.truncate(kept);
                self.commit_and_tell(commit).await?;
            }
        }
        self.dawdle().await;
        Err(CommitError::OutcomeUnknown(cause("unclear")))
    }

    async fn migrate(&self, partition: Partition) -> Result<(), ReadError> {
        self.engine.migrate(partition).await
    }

    fn watch(&self) -> Option<broadcast::Receiver<Arc<ChangeEvent>>> {
        self.hints.as_ref().map(broadcast::Sender::subscribe)
    }

    fn stats(&self) -> &Stats {
        self.engine.stats()
    }

    fn schema(&self, catalogue: &[&'static Declaration]) -> Vec<String> {
        self.engine.schema(catalogue)
    }

    async fn close(&self) {
        self.engine.close().await;
    }
}
