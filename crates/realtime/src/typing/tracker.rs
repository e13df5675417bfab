use std::collections::{HashMap, VecDeque};
use std::sync::Weak;
use std::time::Duration;

use base::{Timestamp, limit};
use parking_lot::Mutex;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::Key;
use crate::hub::{Hub, Inner};

/// Time for which a user is shown as typing after the last write.
const DISPLAY_TIME: Duration = Duration::from_secs(limit::TYPING_SECONDS as u64);

/// Interval at which expired indicators are removed.
const SWEEP_INTERVAL: Duration = Duration::from_millis(500);

/// Number of recent writes per indicator that are recognised as duplicates. A MongoDB
/// node receives its own writes twice, the second time late.
const REMEMBERED_WRITES: usize = 8;

/// Number of deadlines kept. Further users are not shown as typing.
const MAX_DEADLINES: usize = 100_000;

/// Typing indicators as sent to the subscribers of this process.
#[derive(Default)]
pub(crate) struct TypingTracker(Mutex<State>);

#[derive(Default)]
struct State {
    indicators: HashMap<Key, Indicator>,
    /// Times to check indicators, in order.
    deadlines: VecDeque<(Instant, Key)>,
}

struct Indicator {
    is_typing: bool,
    /// Highest connection ID that was sent `typing.started`.
    sent_to: u64,
    /// Newest writes, identified by expiry and state.
    writes: VecDeque<(Timestamp, bool)>,
    /// Time at which it expires.
    until: Instant,
}

/// Signals to send after a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TypingChange {
    /// Nothing.
    Unchanged,
    /// `typing.started` to connections above this ID; to all if the user was not typing
    /// before.
    Started {
        /// Highest connection ID that was sent it already.
        above: u64,
    },
    /// `typing.stopped` to all.
    Stopped,
}

impl TypingTracker {
    /// Applies a written indicator, which may be a duplicate.
    ///
    /// `newest` is a connection ID above all existing ones. Calls `send` under the
    /// lock, so that signals keep the order of the changes.
    pub(crate) fn apply(
        &self,
        key: Key,
        written: (Timestamp, bool),
        newest: u64,
        send: impl FnOnce(TypingChange),
    ) {
        let mut state = self.0.lock();
        let apply = state.apply(key, written, newest);
        if apply != TypingChange::Unchanged {
            send(apply);
        }
    }

    /// Ends an indicator after the user sent the message. Calls `send` if the user was
    /// shown as typing.
    pub(crate) fn end(&self, key: &Key, send: impl FnOnce()) {
        let mut state = self.0.lock();
        if state
            .indicators
            .get_mut(key)
            .is_some_and(|indicator| indicator.set_typing(false, 0) == TypingChange::Stopped)
        {
            send();
        }
    }

    /// Returns whether the last signal sent for a user was `typing.stopped`.
    pub(crate) fn has_ended(&self, key: &Key) -> bool {
        self.0
            .lock()
            .indicators
            .get(key)
            .is_some_and(|indicator| !indicator.is_typing)
    }

    /// Removes expired indicators. Calls `send` for users who were shown as typing.
    fn expire(&self, now: Instant, mut send: impl FnMut(&Key)) {
        let mut state = self.0.lock();
        while let Some((_, key)) = state
            .deadlines
            .pop_front_if(|(deadline, _)| *deadline <= now)
        {
            // A renewed indicator has a later deadline.
            if state
                .indicators
                .get(&key)
                .is_some_and(|indicator| indicator.until <= now)
                && let Some(indicator) = state.indicators.remove(&key)
                && indicator.is_typing
            {
                send(&key);
            }
        }
    }
}

impl State {
    fn apply(&mut self, key: Key, written: (Timestamp, bool), newest: u64) -> TypingChange {
        let is_typing = written.1;
        if self.deadlines.len() >= MAX_DEADLINES {
            let known = self.indicators.get_mut(&key).filter(|_| !is_typing);
            return known.map_or(TypingChange::Unchanged, |indicator| {
                indicator.set_typing(false, newest)
            });
        }
        let until = Instant::now() + DISPLAY_TIME;
        let new = || Indicator {
            is_typing: false,
            sent_to: 0,
            writes: VecDeque::new(),
            until,
        };
        let indicator = self.indicators.entry(key).or_insert_with(new);
        if indicator.writes.contains(&written) {
            return TypingChange::Unchanged;
        }
        if indicator.writes.len() == REMEMBERED_WRITES {
            indicator.writes.pop_front();
        }
        indicator.writes.push_back(written);
        indicator.until = until;
        let apply = indicator.set_typing(is_typing, newest);
        self.deadlines.push_back((until, key));
        apply
    }
}

impl Indicator {
    fn set_typing(&mut self, is_typing: bool, newest: u64) -> TypingChange {
        let was_typing = std::mem::replace(&mut self.is_typing, is_typing);
        match (was_typing, is_typing) {
            (false, false) => TypingChange::Unchanged,
            (true, false) => TypingChange::Stopped,
            (false, true) => {
                self.sent_to = newest;
                TypingChange::Started { above: 0 }
            }
            (true, true) => TypingChange::Started {
                above: std::mem::replace(&mut self.sent_to, newest),
            },
        }
    }
}

/// Expires indicators as long as the hub exists.
pub(crate) async fn expire(hub: Weak<Inner>) {
    let mut ticks = interval(SWEEP_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(hub) = hub.upgrade() else { return };
        let hub = Hub(hub);
        hub.0
            .typing_tracker
            .expire(Instant::now(), |key| hub.stopped_typing(key));
    }
}

#[cfg(test)]
mod tests {
    use base::{Id, ObjectId, TenantId};

    use super::*;

    fn key() -> Key {
        let id = ObjectId([1; 12]);
        (TenantId::new(id), Id::new(id), Id::new(id))
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn apply(tracker: &TypingTracker, written: (Timestamp, bool), newest: u64) -> TypingChange {
        tracker.0.lock().apply(key(), written, newest)
    }

    fn end(tracker: &TypingTracker) -> bool {
        let mut was_typing = false;
        tracker.end(&key(), || was_typing = true);
        was_typing
    }

    fn expire_all(tracker: &TypingTracker) -> usize {
        let mut count = 0;
        tracker.expire(Instant::now(), |_| count += 1);
        count
    }

    #[tokio::test]
    async fn late_duplicate_write_changes_nothing() {
        let tracker = TypingTracker::default();
        assert_eq!(
            apply(&tracker, (at(1), true), 7),
            TypingChange::Started { above: 0 }
        );
        assert_eq!(apply(&tracker, (at(2), false), 7), TypingChange::Stopped);
        assert_eq!(apply(&tracker, (at(1), true), 7), TypingChange::Unchanged);
        assert_eq!(apply(&tracker, (at(2), false), 7), TypingChange::Unchanged);
    }

    #[tokio::test]
    async fn renewal_is_sent_only_to_later_connections() {
        let tracker = TypingTracker::default();
        assert_eq!(
            apply(&tracker, (at(1), true), 7),
            TypingChange::Started { above: 0 }
        );
        assert_eq!(
            apply(&tracker, (at(2), true), 9),
            TypingChange::Started { above: 7 }
        );
        assert_eq!(
            apply(&tracker, (at(3), true), 9),
            TypingChange::Started { above: 9 }
        );
        assert_eq!(apply(&tracker, (at(4), false), 9), TypingChange::Stopped);
    }

    #[tokio::test]
    async fn message_ends_typing_once_despite_duplicate_write() {
        let tracker = TypingTracker::default();
        assert!(!end(&tracker));
        assert_eq!(
            apply(&tracker, (at(1), true), 7),
            TypingChange::Started { above: 0 }
        );
        assert!(end(&tracker));
        assert!(!end(&tracker));
        assert_eq!(apply(&tracker, (at(1), true), 7), TypingChange::Unchanged);
        assert_eq!(apply(&tracker, (at(2), false), 7), TypingChange::Unchanged);
    }

    #[tokio::test]
    async fn silence_ends_typing_once_and_renewal_defers_it() {
        tokio::time::pause();
        let tracker = TypingTracker::default();
        apply(&tracker, (at(1), true), 7);
        tokio::time::advance(DISPLAY_TIME / 2).await;
        apply(&tracker, (at(2), true), 7);
        tokio::time::advance(DISPLAY_TIME / 2).await;
        assert_eq!(expire_all(&tracker), 0);
        tokio::time::advance(DISPLAY_TIME / 2).await;
        assert_eq!(expire_all(&tracker), 1);
        assert_eq!(expire_all(&tracker), 0);
        assert!(tracker.0.lock().indicators.is_empty());
        assert!(tracker.0.lock().deadlines.is_empty());
    }
}
