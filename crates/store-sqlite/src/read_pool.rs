//! Reads of one file on threads that may block.
//!
//! A thread takes one waiting read after the other. If more reads wait, it calls one more thread,
//! and none further before that thread has started. While threads are slow to wake, the awake
//! threads do the work.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use store::ReadError;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::connection::{Connection, DbFile};
use crate::failure::{self, TooLong};
use crate::file_pool::Lease;

/// Maximum number of connections of one file that read at the same time.
const READERS: usize = 4;

/// Maximum number of reads in one turn of a thread. It then calls another thread and ends, so that
/// files whose queue is never empty leave threads to other files.
const TURN: usize = 64;

/// Timeout of a read that waits for a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// Waiting read; returns whether its connection is to be kept.
type Read = Box<dyn FnOnce(Result<&Connection, ReadError>) -> bool + Send>;

/// Read queue and connections of one file.
pub(crate) struct ReadPool {
    site: DbFile,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<(u64, Read)>,
    /// Number of reads that have been queued.
    numbers: u64,
    /// Number of reading threads, including the called one.
    at_work: usize,
    /// Whether a thread was called and has not started yet.
    called: bool,
    /// Idle connections in the order in which they were opened. The first is used first: it caches
    /// the pages that are needed, and the others cache few.
    idle: BTreeMap<u64, Connection>,
    /// Number of connections that have been opened.
    opened: u64,
}

impl State {
    /// Counts one more thread and returns `true` if the waiting reads need one.
    fn call(&mut self) -> bool {
        let needed = !self.waiting.is_empty() && !self.called && self.at_work < READERS;
        self.at_work += usize::from(needed);
        self.called |= needed;
        needed
    }
}

/// Runs a read over one of the connections of the file. Fails with [`ReadError::Unavailable`] if
/// the read does not start within [`PATIENCE`].
pub(crate) async fn read<T: Send + 'static>(
    lease: Lease,
    work: impl FnOnce(&Connection) -> Result<T, ReadError> + Send + 'static,
) -> Result<T, ReadError> {
    let (answer, answered) = oneshot::channel();
    let read = move |connection: Result<&Connection, ReadError>| {
        if answer.is_closed() {
            return true;
        }
        let found = connection.and_then(work);
        // After a failure the connection is not kept: its state is unknown.
        let kept = found.is_ok();
        // The caller may be gone by now.
        let _ = answer.send(found);
        kept
    };
    let number = push(&lease, Box::new(read));
    let mut answered = pin!(answered);
    let found = match timeout(PATIENCE, answered.as_mut()).await {
        Ok(found) => found,
        Err(_) if lease.file().readers().withdraw(number) => {
            return Err(failure::unavailable(TooLong("a connection")));
        }
        Err(_) => answered.await,
    };
    found.map_err(failure::broken)?
}

/// Queues a read and returns its number.
fn push(lease: &Lease, read: Read) -> u64 {
    let mut state = lease.file().readers().state.lock();
    state.numbers += 1;
    let number = state.numbers;
    state.waiting.push_back((number, read));
    call(lease, state);
    number
}

/// Calls one more thread if the waiting reads need one.
fn call(lease: &Lease, mut state: MutexGuard<'_, State>) {
    let needed = state.call();
    drop(state);
    if needed {
        let lease = lease.again();
        drop(spawn_blocking(move || serve(&lease)));
    }
}

/// Runs waiting reads until the queue is empty, for at most one turn.
fn serve(lease: &Lease) {
    let readers = lease.file().readers();
    readers.state.lock().called = false;
    let mut connection = None;
    for _ in 0..TURN {
        let Some(read) = take(lease) else { break };
        // A panic was reported where it happened and affects only this read.
        let reading = AssertUnwindSafe(|| {
            let opened = connection.take().map_or_else(|| readers.connect(), Ok);
            let kept = read(
                opened
                    .as_ref()
                    .map(|(_, connection)| connection)
                    .map_err(Clone::clone),
            );
            opened.ok().filter(|_| kept)
        });
        connection = catch_unwind(reading).unwrap_or_default();
    }
    leave(lease, connection);
}

/// Takes the next read from the queue.
fn take(lease: &Lease) -> Option<Read> {
    let mut state = lease.file().readers().state.lock();
    let (_, read) = state.waiting.pop_front()?;
    call(lease, state);
    Some(read)
}

/// Ends the work of a thread. Calls another one if a read is waiting by now.
fn leave(lease: &Lease, connection: Option<(u64, Connection)>) {
    let mut state = lease.file().readers().state.lock();
    state.at_work -= 1;
    state.idle.extend(connection);
    call(lease, state);
}

impl ReadPool {
    /// Creates a pool without threads and connections.
    pub(crate) fn new(site: DbFile) -> Self {
        Self {
            site,
            state: Mutex::default(),
        }
    }

    fn connect(&self) -> Result<(u64, Connection), ReadError> {
        let mut state = self.state.lock();
        if let Some(first) = state.idle.pop_first() {
            return Ok(first);
        }
        state.opened += 1;
        let number = state.opened;
        drop(state);
        let connection = Connection::reading(&self.site).map_err(failure::of_read)?;
        Ok((number, connection))
    }

    /// Removes a read from the queue. Returns whether it was still waiting.
    fn withdraw(&self, number: u64) -> bool {
        let mut state = self.state.lock();
        let position = state
            .waiting
            .iter()
            .position(|(waiting, _)| *waiting == number);
        position
            .and_then(|position| state.waiting.remove(position))
            .is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::poll_fn;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::sync::{Arc, Barrier};
    use std::task::Poll;

    use futures_util::future::join_all;
    use store::Partition;
    use tokio::task::JoinHandle;

    use super::*;
    use crate::catalogue::Catalogue;
    use crate::checkpoint::Checkpointer;
    use crate::db_file_kind::DbFileKind;
    use crate::file::Common;
    use crate::file_pool::FilePool;
    use crate::health::Health;

    /// File whose reads a test can hold.
    struct Held {
        files: FilePool,
        _folder: tempfile::TempDir,
    }

    impl Held {
        async fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let data_dir = folder.path().to_owned();
            let catalogue = Arc::new(Catalogue::new(&[]));
            let checkpointer = Checkpointer::start().unwrap();
            let health = Health::new(&data_dir);
            let (stats, verified) = Default::default();
            let common = Common {
                data_dir,
                catalogue,
                stats,
                checkpointer,
                plans: None,
                health,
                verified,
            };
            let files = FilePool::new(Arc::new(common), 1);
            drop(
                files
                    .for_writing(DbFileKind::Durable(Partition::Shared))
                    .await
                    .unwrap(),
            );
            Self {
                files,
                _folder: folder,
            }
        }

        async fn lease(&self) -> Lease {
            self.files
                .for_reading(DbFileKind::Durable(Partition::Shared))
                .await
                .unwrap()
                .unwrap()
        }

        /// Starts a read that signals its start and ends when it receives a release.
        async fn hold(
            &self,
            begun: &tokio::sync::mpsc::Sender<()>,
        ) -> (mpsc::SyncSender<()>, JoinHandle<()>) {
            let (release, released) = mpsc::sync_channel(1);
            let lease = self.lease().await;
            let begun = begun.clone();
            let work = move |_: &Connection| {
                begun.try_send(()).unwrap();
                released.recv().map_err(failure::broken)
            };
            (
                release,
                tokio::spawn(async move { read(lease, work).await.unwrap() }),
            )
        }

        /// Occupies all connections.
        async fn in_use(&self) -> Vec<(mpsc::SyncSender<()>, JoinHandle<()>)> {
            let (begun, mut beginning) = tokio::sync::mpsc::channel(READERS);
            let mut held = Vec::new();
            for _ in 0..READERS {
                held.push(self.hold(&begun).await);
            }
            for _ in 0..READERS {
                beginning.recv().await.unwrap();
            }
            held
        }
    }

    async fn release(held: Vec<(mpsc::SyncSender<()>, JoinHandle<()>)>) {
        for (release, done) in held {
            release.send(()).unwrap();
            done.await.unwrap();
        }
    }

    #[tokio::test]
    async fn many_reads_share_few_connections() {
        let file = Held::new().await;
        let held = file.in_use().await;
        let now = Arc::new(AtomicUsize::new(READERS));
        let most = Arc::new(AtomicUsize::new(0));
        let others = (0..10 * TURN).map(|number| {
            let now = Arc::clone(&now);
            let most = Arc::clone(&most);
            let lease = file.lease();
            async move {
                let work = move |_: &Connection| {
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    now.fetch_sub(1, Ordering::SeqCst);
                    Ok(number)
                };
                read(lease.await, work).await.unwrap()
            }
        });
        let released = async {
            for one in held {
                now.fetch_sub(1, Ordering::SeqCst);
                release(vec![one]).await;
            }
        };
        let (others, ()) = tokio::join!(join_all(others), released);
        assert_eq!(others, (0..10 * TURN).collect::<Vec<_>>());
        assert!(most.load(Ordering::SeqCst) <= READERS);
    }

    #[tokio::test]
    async fn a_panic_is_of_one_read() {
        let file = Held::new().await;
        for _ in 0..2 * READERS {
            let torn = read(file.lease().await, |_| -> Result<(), _> {
                panic!("injected")
            })
            .await;
            assert!(matches!(torn, Err(ReadError::Broken(_))), "{torn:?}");
        }
        assert_eq!(
            read(file.lease().await, |_| Ok(1)).await.unwrap(),
            1,
            "none of its places is lost"
        );
    }

    #[tokio::test]
    async fn nobody_reads_for_who_is_gone() {
        let file = Held::new().await;
        let held = file.in_use().await;
        let lease = file.lease().await;
        let begun = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&begun);
        let work = move |_: &Connection| Ok(counted.fetch_add(1, Ordering::SeqCst));
        let mut gone = Box::pin(read(lease, work));
        assert!(poll_fn(|context| Poll::Ready(gone.as_mut().poll(context).is_pending())).await);
        drop(gone);
        let behind = read(file.lease().await, |_| Ok(()));
        let (behind, ()) = tokio::join!(behind, release(held));
        behind.unwrap();
        assert_eq!(begun.load(Ordering::SeqCst), 0);
    }

    /// Also if all threads end their turn at the same time and no thread was called.
    #[tokio::test]
    async fn a_turn_that_ends_leaves_nothing_unread() {
        thread_local! { static READS: Cell<usize> = const { Cell::new(1) } }
        const WAITING: usize = READERS * (TURN - 1) + 1;
        let file = Held::new().await;
        let held = file.in_use().await;
        let last = Arc::new(Barrier::new(READERS));
        let reads = (0..WAITING).map(|_| {
            let lease = file.lease();
            let last = Arc::clone(&last);
            let work = move |_: &Connection| {
                READS.set(READS.get() + 1);
                if READS.get() == TURN {
                    last.wait();
                }
                Ok(())
            };
            async move { read(lease.await, work).await.unwrap() }
        });
        let released = async {
            while file
                .lease()
                .await
                .file()
                .readers()
                .state
                .lock()
                .waiting
                .len()
                < WAITING
            {
                tokio::task::yield_now().await;
            }
            release(held).await;
        };
        tokio::join!(join_all(reads), released);
    }

    #[tokio::test(start_paused = true)]
    async fn a_read_does_not_wait_for_ever() {
        let file = Held::new().await;
        let held = file.in_use().await;
        let lease = file.lease().await;
        let refused = tokio::spawn(async move { read(lease, |_| Ok(())).await });
        while file
            .lease()
            .await
            .file()
            .readers()
            .state
            .lock()
            .waiting
            .is_empty()
        {
            tokio::task::yield_now().await;
        }
        tokio::time::advance(PATIENCE + Duration::from_millis(1)).await;
        assert!(matches!(
            refused.await.unwrap(),
            Err(ReadError::Unavailable(_))
        ));
        release(held).await;
        read(file.lease().await, |_| Ok(())).await.unwrap();
    }
}
