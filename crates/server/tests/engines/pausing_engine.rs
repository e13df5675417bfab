use std::future::pending;
use std::sync::Arc;

use async_trait::async_trait;
use base::{ObjectId, TenantId};
use parking_lot::Mutex;
use store::statement::{Commit, Count, Covered, Due, Get, GroupCount, Heads, List, ListEach};
use store::{
    ChangeEvent, CommitError, Declaration, Engine, Head, Partition, ReadError, Row, Stats, Value,
};
use tokio::sync::{broadcast, oneshot};

/// Engine that pauses its callers at a statement, temporarily or forever.
///
/// A statement has two halves: a caller is paused before it runs, or after it has run and before
/// it returns.
pub struct PausingEngine {
    engine: Arc<dyn Engine>,
    stop: Mutex<Stop>,
}

/// The next pause and the paused callers.
#[derive(Default)]
struct Stop {
    /// Halves of statements before the pause; `None` if none is requested.
    left: Option<usize>,
    /// Notifies of the first paused caller.
    reached: Option<oneshot::Sender<()>>,
    /// Senders that resume the paused callers.
    held: Vec<oneshot::Sender<()>>,
}

impl PausingEngine {
    pub fn new(engine: Arc<dyn Engine>) -> Arc<Self> {
        Arc::new(Self {
            engine,
            stop: Mutex::default(),
        })
    }

    /// Runs an operation and drops it after so many halves of statements.
    ///
    /// Returns its result if it ended before.
    pub async fn stop<T>(&self, behind: usize, work: impl Future<Output = T>) -> Option<T> {
        let reached = self.begin(behind);
        tokio::select! {
            done = work => {
                self.go_on(0);
                Some(done)
            }
            _ = reached => None,
        }
    }

    /// Pauses an operation after so many halves of statements and runs another one meanwhile.
    ///
    /// The operation resumes when the other one has returned, which is not paused itself. Returns
    /// whether the operation came so far.
    pub async fn interrupt(
        &self,
        behind: usize,
        work: impl Future<Output = ()>,
        meanwhile: impl Future,
    ) -> bool {
        let reached = self.begin(behind);
        let mut work = std::pin::pin!(work);
        tokio::select! {
            () = &mut work => {
                self.go_on(0);
                return false;
            }
            _ = reached => self.go_on(1),
        }
        tokio::join!(work, async {
            meanwhile.await;
            self.go_on(0);
        });
        true
    }

    fn begin(&self, behind: usize) -> oneshot::Receiver<()> {
        let (reached, told) = oneshot::channel();
        *self.stop.lock() = Stop {
            left: Some(behind),
            reached: Some(reached),
            held: Vec::new(),
        };
        told
    }

    /// Disables the pause and resumes the paused callers, except the first so many.
    fn go_on(&self, but: usize) {
        let mut stop = self.stop.lock();
        stop.left = None;
        let first = but.min(stop.held.len());
        stop.held
            .drain(first..)
            .for_each(|held| held.send(()).unwrap_or_default());
    }

    async fn half(&self) {
        let Some(told) = self.stops() else { return };
        // The sender of a caller that is paused forever is dropped.
        if told.await.is_err() {
            pending::<()>().await;
        }
    }

    fn stops(&self) -> Option<oneshot::Receiver<()>> {
        let mut stop = self.stop.lock();
        let left = stop.left.as_mut()?;
        if *left > 0 {
            *left -= 1;
            return None;
        }
        stop.reached
            .take()
            .into_iter()
            .for_each(|reached| reached.send(()).unwrap_or_default());
        let (held, told) = oneshot::channel();
        stop.held.push(held);
        Some(told)
    }

    async fn whole<T>(&self, statement: impl Future<Output = T>) -> T {
        self.half().await;
        let answer = statement.await;
        self.half().await;
        answer
    }
}

#[async_trait]
impl Engine for PausingEngine {
    async fn get(&self, get: Get) -> Result<Vec<Row>, ReadError> {
        self.whole(self.engine.get(get)).await
    }

    async fn list(&self, list: List) -> Result<Vec<Row>, ReadError> {
        self.whole(self.engine.list(list)).await
    }

    async fn list_each(&self, list: ListEach) -> Result<Vec<Row>, ReadError> {
        self.whole(self.engine.list_each(list)).await
    }

    async fn covered(&self, covered: Covered) -> Result<Vec<Vec<Value>>, ReadError> {
        self.whole(self.engine.covered(covered)).await
    }

    async fn count(&self, count: Count) -> Result<Vec<usize>, ReadError> {
        self.whole(self.engine.count(count)).await
    }

    async fn tally(&self, tally: GroupCount) -> Result<Vec<(Option<Value>, usize)>, ReadError> {
        self.whole(self.engine.tally(tally)).await
    }

    async fn heads(&self, heads: Heads) -> Result<Vec<Head>, ReadError> {
        self.whole(self.engine.heads(heads)).await
    }

    async fn due(&self, due: Due) -> Result<Vec<(TenantId, ObjectId)>, ReadError> {
        self.whole(self.engine.due(due)).await
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        self.whole(self.engine.commit(commit)).await
    }

    async fn migrate(&self, place: Partition) -> Result<(), ReadError> {
        self.engine.migrate(place).await
    }

    fn watch(&self) -> Option<broadcast::Receiver<Arc<ChangeEvent>>> {
        None
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
