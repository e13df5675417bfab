//! Queues of work by key. Work that is queued while a command is in flight is batched into the next
//! one.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::pin::pin;

use base::limit;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// Maximum number of commands in flight. With fewer, queued work would wait for a whole command;
/// for a write that is a round trip to the majority.
const IN_FLIGHT: usize = 4;

/// Scope of the limit [`IN_FLIGHT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shards {
    /// Applies to each key.
    OfEach,
    /// Applies to all keys together; a key without a command in flight may always start one.
    OfAll,
}

struct Queue<W> {
    waiting: VecDeque<W>,
    in_flight: usize,
}

impl<W> Default for Queue<W> {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            in_flight: 0,
        }
    }
}

struct State<K, W> {
    queues: HashMap<K, Queue<W>>,
    /// Commands in flight of all queues.
    in_flight: usize,
}

/// Queued work by key.
pub(crate) struct Queues<K, W> {
    lanes: Shards,
    state: Mutex<State<K, W>>,
    idle: Notify,
}

/// Error for a key whose queue has [`limit::WRITER_QUEUE`] entries.
#[derive(Debug, thiserror::Error)]
#[error("queue full")]
pub(crate) struct Full;

impl<K: Eq + Hash, W> Queues<K, W> {
    pub(crate) fn new(lanes: Shards) -> Self {
        Self {
            lanes,
            state: Mutex::new(State {
                queues: HashMap::new(),
                in_flight: 0,
            }),
            idle: Notify::new(),
        }
    }

    /// Queues work. Returns whether the caller must start another task that processes the queue.
    ///
    /// # Errors
    /// Fails with [`Full`] if [`limit::WRITER_QUEUE`] entries are queued for the key.
    pub(crate) fn push(&self, key: K, waiting: W) -> Result<bool, Full> {
        let mut state = self.state.lock();
        let State { queues, in_flight } = &mut *state;
        let queue = queues.entry(key).or_default();
        if queue.waiting.len() >= limit::WRITER_QUEUE {
            return Err(Full);
        }
        queue.waiting.push_back(waiting);
        let needed = match self.lanes {
            Shards::OfEach => queue.in_flight < IN_FLIGHT,
            Shards::OfAll => queue.in_flight == 0 || *in_flight < IN_FLIGHT,
        };
        queue.in_flight += usize::from(needed);
        *in_flight += usize::from(needed);
        Ok(needed)
    }

    /// Removes the work that `some` selects from the queue of a key.
    pub(crate) fn take(&self, key: &K, some: impl FnOnce(&mut VecDeque<W>) -> Vec<W>) -> Vec<W> {
        self.state
            .lock()
            .queues
            .get_mut(key)
            .map(|queue| some(&mut queue.waiting))
            .unwrap_or_default()
    }

    /// Deregisters a task and returns `true`, unless work was queued meanwhile: then the task must
    /// continue.
    pub(crate) fn leave(&self, key: &K) -> bool {
        let mut state = self.state.lock();
        let State { queues, in_flight } = &mut *state;
        let Some(queue) = queues.get_mut(key) else {
            return true;
        };
        if !queue.waiting.is_empty() {
            return false;
        }
        queue.in_flight -= 1;
        *in_flight -= 1;
        if queue.in_flight == 0 {
            queues.remove(key);
        }
        if queues.is_empty() {
            self.idle.notify_waiters();
        }
        true
    }

    /// Waits until all queues are empty and no task is running.
    pub(crate) async fn idle(&self) {
        let mut idle = pin!(self.idle.notified());
        idle.as_mut().enable();
        if !self.state.lock().queues.is_empty() {
            idle.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tasks(queues: &Queues<u8, ()>, pushed: &[u8]) -> Vec<bool> {
        pushed
            .iter()
            .map(|key| queues.push(*key, ()).unwrap())
            .collect()
    }

    #[test]
    fn each_key_has_its_turns() {
        let queues = Queues::new(Shards::OfEach);
        assert_eq!(
            tasks(&queues, &[1, 1, 1, 1, 1, 2]),
            [true, true, true, true, false, true]
        );
    }

    #[test]
    fn keys_share_their_turns_and_none_is_without() {
        let queues = Queues::new(Shards::OfAll);
        assert_eq!(
            tasks(&queues, &[1, 1, 1, 2, 1, 2, 3, 3]),
            [true, true, true, true, false, false, true, false]
        );
        assert_eq!(
            queues.take(&3, |waiting| waiting.drain(..).collect()).len(),
            2
        );
        assert!(
            queues.leave(&3) && !queues.leave(&1),
            "who has something to do stays"
        );
        assert_eq!(
            tasks(&queues, &[1, 3]),
            [false, true],
            "four are under way still, and none for the third"
        );
    }
}
