use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use base::{Id, ObjectId};
use parking_lot::Mutex;

use super::Interleaved;
use super::nodes::Nodes;
use crate::fixtures::whole_log;
use crate::{Entry, User};
use store::{Entity, Row};

/// Result of a send.
#[derive(Debug, PartialEq)]
pub(super) enum Reported {
    New(Row),
    Known(Row),
    Refused,
    Unavailable,
    Unclear,
}

/// Single attempt to send.
#[derive(Debug)]
pub(super) struct Attempt {
    /// Id of the record in this attempt.
    pub(super) id: ObjectId,
    /// Text of the record, which is also its retry key.
    pub(super) text: String,
    pub(super) began: u64,
    pub(super) ended: u64,
    pub(super) reported: Reported,
    /// Document that counts this attempt.
    pub(super) counted: Option<ObjectId>,
}

/// Attempts of the senders with their results, in order.
#[derive(Default)]
pub(super) struct Ledger {
    attempts: Mutex<Vec<Attempt>>,
    moments: AtomicU64,
}

impl Ledger {
    /// Returns a logical time after all earlier ones.
    pub(super) fn now(&self) -> u64 {
        self.moments.fetch_add(1, Ordering::SeqCst)
    }

    pub(super) fn write(&self, attempt: Attempt) {
        self.attempts.lock().push(attempt);
    }

    pub(super) fn summary(&self) -> Interleaved {
        let attempts = self.attempts.lock();
        let count = |which: fn(&Reported) -> bool| {
            attempts
                .iter()
                .filter(|attempt| which(&attempt.reported))
                .count()
        };
        let refused = count(|reported| *reported == Reported::Refused);
        let unclear = count(|reported| *reported == Reported::Unclear);
        Interleaved {
            refused,
            unclear,
            known: count(|reported| matches!(reported, Reported::Known(_))),
            ..Interleaved::default()
        }
    }

    /// Checks every invariant against the current log.
    pub(super) async fn check(&self, nodes: &Nodes) {
        let log = whole_log(nodes.any(), nodes.room).await;
        let attempts = std::mem::take(&mut *self.attempts.lock());
        let laws = Laws {
            log: &log,
            attempts: &attempts,
            seed: nodes.seed(),
        };
        laws.answers_are_honest();
        laws.a_send_stands_once();
        laws.time_orders_sends();
        laws.none_stands_after_the_removal();
        for attempt in &attempts {
            let Some(counter) = attempt.counted else {
                continue;
            };
            let counter = nodes
                .any()
                .get(Id::<User>::new(counter))
                .await
                .unwrap()
                .unwrap();
            let stands = log.iter().any(|entry| entry.id.object_id() == attempt.id);
            let expected = stands.then_some(1);
            assert_eq!(
                counter.doc.points,
                expected,
                "seed {}: half of {attempt:?} was written",
                nodes.seed()
            );
        }
        *self.attempts.lock() = attempts;
    }
}

struct Laws<'a> {
    log: &'a [Entity<Entry>],
    attempts: &'a [Attempt],
    seed: u64,
}

impl Laws<'_> {
    /// Checks that acknowledged records are stored as returned, and that rejected and unavailable
    /// ones are not stored.
    fn answers_are_honest(&self) {
        let by_id: HashMap<_, _> = self
            .log
            .iter()
            .map(|entry| (entry.id.object_id(), entry))
            .collect();
        for attempt in self.attempts {
            let stands = by_id.get(&attempt.id);
            let honest = match &attempt.reported {
                Reported::New(row) => stands.is_some_and(|entry| entry.to_row() == *row),
                Reported::Known(row) => by_id
                    .get(&row.id)
                    .is_some_and(|entry| entry.to_row() == *row && entry.doc.text == attempt.text),
                Reported::Refused => {
                    stands.is_none() && self.removal().is_some() && attempt.text.starts_with("0 ")
                }
                Reported::Unavailable => stands.is_none(),
                Reported::Unclear => true,
            };
            assert!(
                honest,
                "seed {}: {attempt:?}, but in the log is {stands:?}",
                self.seed
            );
        }
    }

    /// Checks that each send is stored once, however often it was attempted, unless it was
    /// rejected.
    fn a_send_stands_once(&self) {
        let refused = |text: &str| {
            self.attempts
                .iter()
                .any(|attempt| attempt.text == text && attempt.reported == Reported::Refused)
        };
        for attempt in self.attempts {
            let standing = self
                .log
                .iter()
                .filter(|entry| entry.doc.text == attempt.text)
                .count();
            let expected = usize::from(!refused(&attempt.text));
            assert_eq!(standing, expected, "seed {}: {attempt:?}", self.seed);
        }
    }

    /// Checks that a send has a smaller sequence number than a send that began after its return.
    fn time_orders_sends(&self) {
        let new = |attempt: &&Attempt| matches!(attempt.reported, Reported::New(_));
        let seq = |attempt: &Attempt| {
            self.log
                .iter()
                .position(|entry| entry.id.object_id() == attempt.id)
        };
        for earlier in self.attempts.iter().filter(new) {
            for later in self
                .attempts
                .iter()
                .filter(new)
                .filter(|later| earlier.ended < later.began)
            {
                assert!(
                    seq(earlier) < seq(later),
                    "seed {}: {earlier:?} and {later:?}",
                    self.seed
                );
            }
        }
    }

    fn none_stands_after_the_removal(&self) {
        let Some(removal) = self.removal() else {
            return;
        };
        let late = self.log[removal..]
            .iter()
            .find(|entry| entry.doc.text.starts_with("0 0"));
        assert!(
            late.is_none(),
            "seed {}: {late:?} stands after the removal",
            self.seed
        );
    }

    fn removal(&self) -> Option<usize> {
        self.log
            .iter()
            .position(|entry| entry.doc.text == "0 is removed")
    }
}
