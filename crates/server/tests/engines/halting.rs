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
    /// Let those go on that were stopped.
    go_on: Mutex<Vec<oneshot::Sender<()>>>,
}

impl Halting {
    pub fn new(engine: Arc<dyn Engine>) -> Arc<Self> {
        Arc::new(Self { engine, left: AtomicUsize::new(usize::MAX), stopped: Notify::new(), go_on: Mutex::default() })
    }

    /// Does some work and drops it behind so many halves of statements; says
    /// whether it ended before.
    pub async fn stop<T>(&self, behind: usize, work: impl Future<Output = T>) -> Option<T> {
        self.begin(behind);
        tokio::select! {
            done = work => {
                self.left.store(usize::MAX, SeqCst);
                Some(done)
            }
            () = self.stopped.notified() => None,
        }
    }

    /// Does some work, and something else before that statement of it goes on
    /// that stands behind so many halves; says whether it came so far. What it
    /// asks at the same time is not held up.
    pub async fn interrupt(&self, behind: usize, work: impl Future<Output = ()>, meanwhile: impl Future) -> bool {
        self.begin(behind);
        let mut work = std::pin::pin!(work);
        tokio::select! {
            () = &mut work => {
                self.left.store(usize::MAX, SeqCst);
                return false;
            }
            () = self.stopped.notified() => self.go_on(1),
        }
        tokio::join!(work, async {
            meanwhile.await;
            self.go_on(0);
        });
        true
    }

    fn begin(&self, behind: usize) {
        let mut stopped = self.go_on.lock();
        stopped.clear();
        self.left.store(behind, SeqCst);
    }

    /// Stops nobody any more, and lets those go on that were stopped, but for so many.
    fn go_on(&self, but: usize) {
        let mut stopped = self.go_on.lock();
        self.left.store(usize::MAX, SeqCst);
        stopped.drain(but..).for_each(|go_on| go_on.send(()).unwrap_or_default());
    }

    async fn half(&self) {
        let Some(told) = self.stops() else { return };
        // Whoever is stopped for ever is told nothing.
        if told.await.is_err() {
            pending::<()>().await;
        }
    }

    fn stops(&self) -> Option<oneshot::Receiver<()>> {
        let passes = |left: usize| if left == usize::MAX { Some(left) } else { left.checked_sub(1) };
        let mut stopped = self.go_on.lock();
        self.left.fetch_update(SeqCst, SeqCst, passes).err()?;
        if stopped.is_empty() {
            self.stopped.notify_one();
        }
        let (go_on, told) = oneshot::channel();
        stopped.push(go_on);
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

    fn watch(&self) -> Option<broadcast::Receiver<Arc<Hint>>> {
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
