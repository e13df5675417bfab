use std::collections::{HashMap, VecDeque};
use std::sync::Weak;
use std::time::Duration;

use base::{Timestamp, limit};
use parking_lot::Mutex;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::Key;
use crate::hub::{Hub, Inner};

/// How long a user is shown as typing after it was heard last.
const SHOWN: Duration = Duration::from_secs(limit::TYPING_SECONDS as u64);

/// How often indicators that end by silence are looked for.
const ROUND: Duration = Duration::from_millis(500);

/// Writes of one indicator that are recognised when they are heard again. A
/// node on MongoDB hears of its own writes twice, the second time late.
const REMEMBERED: usize = 8;

/// Indicators and their deadlines that are kept at once; further users are not
/// shown as typing.
const KEPT: usize = 100_000;

/// The typing indicators as the followers here were sent them.
#[derive(Default)]
pub(crate) struct TypingTracker(Mutex<State>);

#[derive(Default)]
struct State {
    indicators: HashMap<Key, Indicator>,
    /// When to look at an indicator again, in order.
    deadlines: VecDeque<(Instant, Key)>,
}

struct Indicator {
    is_typing: bool,
    /// The connections up to this number were sent that the user types.
    sent_to: u64,
    /// The newest writes, by what distinguishes them.
    writes: VecDeque<(Timestamp, bool)>,
    /// When it ends by silence, or is forgotten.
    until: Instant,
}

/// What has to be sent after a write was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TypingChange {
    /// Nothing.
    Unchanged,
    /// `typing.started` to connections beyond this number; to all when the user did not type before.
    Started {
        /// The last connection that was sent it.
        beyond: u64,
    },
    /// `typing.stopped` to all.
    Stopped,
}

impl TypingTracker {
    /// Takes in a written indicator, which may be heard several times.
    /// `newest` is a connection number beyond all present ones.
    /// Calls `send` under the lock, so that signals keep the order of the changes.
    pub(crate) fn heard(
        &self,
        key: Key,
        written: (Timestamp, bool),
        newest: u64,
        send: impl FnOnce(TypingChange),
    ) {
        let mut state = self.0.lock();
        let heard = state.heard(key, written, newest);
        if heard != TypingChange::Unchanged {
            send(heard);
        }
    }

    /// Ends an indicator because the user sent what they were typing. Calls
    /// `send` if they were shown as typing.
    pub(crate) fn ended(&self, key: &Key, send: impl FnOnce()) {
        let mut state = self.0.lock();
        if state
            .indicators
            .get_mut(key)
            .is_some_and(|indicator| indicator.becomes(false, 0) == TypingChange::Stopped)
        {
            send();
        }
    }

    /// Whether followers were sent that a user stopped typing, and nothing since.
    pub(crate) fn has_ended(&self, key: &Key) -> bool {
        self.0
            .lock()
            .indicators
            .get(key)
            .is_some_and(|indicator| !indicator.is_typing)
    }

    /// Removes the indicators whose time is over. Calls `send` for those of
    /// users who were shown as typing.
    fn expire(&self, now: Instant, mut send: impl FnMut(&Key)) {
        let mut state = self.0.lock();
        while let Some((_, key)) = state
            .deadlines
            .pop_front_if(|(deadline, _)| *deadline <= now)
        {
            // One that was heard again has a later deadline.
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
    fn heard(&mut self, key: Key, written: (Timestamp, bool), newest: u64) -> TypingChange {
        let is_typing = written.1;
        if self.deadlines.len() >= KEPT {
            let known = self.indicators.get_mut(&key).filter(|_| !is_typing);
            return known.map_or(TypingChange::Unchanged, |indicator| {
                indicator.becomes(false, newest)
            });
        }
        let until = Instant::now() + SHOWN;
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
        if indicator.writes.len() == REMEMBERED {
            indicator.writes.pop_front();
        }
        indicator.writes.push_back(written);
        indicator.until = until;
        let heard = indicator.becomes(is_typing, newest);
        self.deadlines.push_back((until, key));
        heard
    }
}

impl Indicator {
    fn becomes(&mut self, is_typing: bool, newest: u64) -> TypingChange {
        let was_typing = std::mem::replace(&mut self.is_typing, is_typing);
        match (was_typing, is_typing) {
            (false, false) => TypingChange::Unchanged,
            (true, false) => TypingChange::Stopped,
            (false, true) => {
                self.sent_to = newest;
                TypingChange::Started { beyond: 0 }
            }
            (true, true) => TypingChange::Started {
                beyond: std::mem::replace(&mut self.sent_to, newest),
            },
        }
    }
}

/// Ends the indicators of users who fell silent, as long as the hub exists.
pub(crate) async fn expire(hub: Weak<Inner>) {
    let mut rounds = interval(ROUND);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        let Some(hub) = hub.upgrade() else { return };
        let hub = Hub(hub);
        hub.0
            .typing_heard
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

    fn heard(observer: &TypingTracker, written: (Timestamp, bool), newest: u64) -> TypingChange {
        observer.0.lock().heard(key(), written, newest)
    }

    fn ended(observer: &TypingTracker) -> bool {
        let mut was_typing = false;
        observer.ended(&key(), || was_typing = true);
        was_typing
    }

    fn expired(observer: &TypingTracker) -> usize {
        let mut count = 0;
        observer.expire(Instant::now(), |_| count += 1);
        count
    }

    #[tokio::test]
    async fn write_heard_again_late_changes_nothing() {
        let observer = TypingTracker::default();
        assert_eq!(
            heard(&observer, (at(1), true), 7),
            TypingChange::Started { beyond: 0 }
        );
        assert_eq!(heard(&observer, (at(2), false), 7), TypingChange::Stopped);
        assert_eq!(heard(&observer, (at(1), true), 7), TypingChange::Unchanged);
        assert_eq!(heard(&observer, (at(2), false), 7), TypingChange::Unchanged);
    }

    #[tokio::test]
    async fn renewal_is_sent_only_to_later_connections() {
        let observer = TypingTracker::default();
        assert_eq!(
            heard(&observer, (at(1), true), 7),
            TypingChange::Started { beyond: 0 }
        );
        assert_eq!(
            heard(&observer, (at(2), true), 9),
            TypingChange::Started { beyond: 7 }
        );
        assert_eq!(
            heard(&observer, (at(3), true), 9),
            TypingChange::Started { beyond: 9 }
        );
        assert_eq!(heard(&observer, (at(4), false), 9), TypingChange::Stopped);
    }

    #[tokio::test]
    async fn message_ends_typing_once_also_when_the_write_is_heard_again() {
        let observer = TypingTracker::default();
        assert!(!ended(&observer));
        assert_eq!(
            heard(&observer, (at(1), true), 7),
            TypingChange::Started { beyond: 0 }
        );
        assert!(ended(&observer));
        assert!(!ended(&observer));
        assert_eq!(heard(&observer, (at(1), true), 7), TypingChange::Unchanged);
        assert_eq!(heard(&observer, (at(2), false), 7), TypingChange::Unchanged);
    }

    #[tokio::test]
    async fn silence_ends_typing_once_and_a_renewal_defers_it() {
        tokio::time::pause();
        let observer = TypingTracker::default();
        heard(&observer, (at(1), true), 7);
        tokio::time::advance(SHOWN / 2).await;
        heard(&observer, (at(2), true), 7);
        tokio::time::advance(SHOWN / 2).await;
        assert_eq!(expired(&observer), 0);
        tokio::time::advance(SHOWN / 2).await;
        assert_eq!(expired(&observer), 1);
        assert_eq!(expired(&observer), 0);
        assert!(observer.0.lock().indicators.is_empty());
        assert!(observer.0.lock().deadlines.is_empty());
    }
}
