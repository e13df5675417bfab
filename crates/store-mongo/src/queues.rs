//! Work that waits for one thing goes together: what comes while a command is
//! under way is taken by the next one.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::pin::pin;

use base::limit;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// Commands under way at once for one thing. With fewer, what waits would sit
/// out a whole command, and of a write that is a round trip to the majority.
const IN_FLIGHT: usize = 4;

struct Queue<W> {
    waiting: VecDeque<W>,
    in_flight: usize,
}

impl<W> Default for Queue<W> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), in_flight: 0 }
    }
}

/// What waits, by what it waits for.
pub(crate) struct Queues<K, W> {
    queues: Mutex<HashMap<K, Queue<W>>>,
    idle: Notify,
}

impl<K, W> Default for Queues<K, W> {
    fn default() -> Self {
        Self { queues: Mutex::default(), idle: Notify::default() }
    }
}

/// Says that [`limit::WRITER_QUEUE`] wait for the same already.
#[derive(Debug, thiserror::Error)]
#[error("too much waits for the same")]
pub(crate) struct Full;

impl<K: Eq + Hash, W> Queues<K, W> {
    /// Lets something wait; says whether another task is needed that does what waits.
    pub(crate) fn push(&self, key: K, waiting: W) -> Result<bool, Full> {
        let mut queues = self.queues.lock();
        let queue = queues.entry(key).or_default();
        if queue.waiting.len() >= limit::WRITER_QUEUE {
            return Err(Full);
        }
        queue.waiting.push_back(waiting);
        let needed = queue.in_flight < IN_FLIGHT;
        queue.in_flight += usize::from(needed);
        Ok(needed)
    }

    /// Takes some of what waits.
    pub(crate) fn take(&self, key: &K, some: impl FnOnce(&mut VecDeque<W>) -> Vec<W>) -> Vec<W> {
        self.queues.lock().get_mut(key).map(|queue| some(&mut queue.waiting)).unwrap_or_default()
    }

    /// Ends a task that does what waits, unless something came in the meantime.
    pub(crate) fn leave(&self, key: &K) -> bool {
        let mut queues = self.queues.lock();
        let Some(queue) = queues.get_mut(key) else { return true };
        if !queue.waiting.is_empty() {
            return false;
        }
        queue.in_flight -= 1;
        if queue.in_flight == 0 {
            queues.remove(key);
        }
        if queues.is_empty() {
            self.idle.notify_waiters();
        }
        true
    }

    /// Waits until nothing waits.
    pub(crate) async fn idle(&self) {
        let mut idle = pin!(self.idle.notified());
        idle.as_mut().enable();
        if !self.queues.lock().is_empty() {
            idle.await;
        }
    }
}
