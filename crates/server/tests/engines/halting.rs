use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use async_trait::async_trait;
use base::{ObjectId, TenantId};
use parking_lot::Mutex;
use store::statement::{Commit, Count, Due, Get, Heads, List, ListEach, Tally};
use store::{CommitError, Declaration, Engine, Head, Hint, Place, ReadError, Row, Stats, Value};
use tokio::sync::{Notify, broadcast, oneshot};

/// An engine that stops whoever asks at a statement, for a while or for ever:
/// before it is done, or when it is done and nobody has heard of it.
pub struct Halting {
    engine: Arc<dyn Engine>,
    /// Halves of statements until the stop; none when it is far off.
    left: AtomicUsize,
    stopped: Notify,
    /// Lets the last one go on that was stopped.
    go_on: Mutex<Option<oneshot::Sender<()>>>,
}

impl Halting {
    pub fn new(engine: Arc<dyn Engine>) -> Arc<Self> {
        Arc::new(Self { engine, left: AtomicUsize::new(usize::MAX), stopped: Notify::new(), go_on: Mutex::default() })
    }

    /// Does some work and drops it behind so many halves of statements; says
    /// whether it ended before.
    pub async fn stop<T>(&self, behind: usize, work: impl Future<Output = T>) -> Option<T> {
        self.left.store(behind, SeqCst);
        tokio::select! {
            done = work => {
                self.left.store(usize::MAX, SeqCst);
                Some(done)
            }
            () = self.stopped.notified() => None,
        }
    }

    /// Does some work, and something else before its statement goes on that
    /// stands behind so many halves; says whether it came so far.
    pub async fn interrupt(&self, behind: usize, work: impl Future<Output = ()>, meanwhile: impl Future) -> bool {
        self.left.store(behind, SeqCst);
        let mut work = std::pin::pin!(work);
        tokio::select! {
            () = &mut work => {
                self.left.store(usize::MAX, SeqCst);
                return false;
            }
            () = self.stopped.notified() => {}
        }
        meanwhile.await;
        self.left.store(usize::MAX, SeqCst);
        let go_on = self.go_on.lock().take().unwrap();
        go_on.send(()).unwrap();
        work.await;
        true
    }

    async fn half(&self) {
        let passes = |left: usize| if left == usize::MAX { Some(left) } else { left.checked_sub(1) };
        if self.left.fetch_update(SeqCst, SeqCst, passes).is_err() {
            let (go_on, told) = oneshot::channel();
            *self.go_on.lock() = Some(go_on);
            self.stopped.notify_one();
            // Whoever is stopped for ever is told nothing.
            if told.await.is_err() {
                pending::<()>().await;
            }
        }
    }

    async fn whole<T>(&self, statement: impl Future<Output = T>) -> T {
        self.half().await;
        let answer = statement.await;
        self.half().await;
        answer
    }
}

#[async_trait]
impl Engine for Halting {
    async fn get(&self, get: Get) -> Result<Vec<Row>, ReadError> {
        self.whole(self.engine.get(get)).await
    }

    async fn list(&self, list: List) -> Result<Vec<Row>, ReadError> {
        self.whole(self.engine.list(list)).await
    }

    async fn list_each(&self, list: ListEach) -> Result<Vec<Row>, ReadError> {
        self.whole(self.engine.list_each(list)).await
    }

    async fn count(&self, count: Count) -> Result<Vec<usize>, ReadError> {
        self.whole(self.engine.count(count)).await
    }

    async fn tally(&self, tally: Tally) -> Result<Vec<(Option<Value>, usize)>, ReadError> {
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

    async fn migrate(&self, place: Place) -> Result<(), ReadError> {
        self.engine.migrate(place).await
    }

    fn watch(&self) -> Option<broadcast::Receiver<Hint>> {
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
