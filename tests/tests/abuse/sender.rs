//! A user of another tenant that sends while attacks run.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use testkit::TestUser;
use tokio::time::{MissedTickBehavior, interval};

/// Messages of one batch.
const BATCH: usize = 100;
/// Interval at which they are sent.
const INTERVAL: Duration = Duration::from_millis(15);

pub(crate) struct Sender {
    user: TestUser,
    conversation: String,
    sent: AtomicUsize,
}

impl Sender {
    pub(crate) fn new(user: TestUser, conversation: String) -> Self {
        let sent = AtomicUsize::new(0);
        Self {
            user,
            conversation,
            sent,
        }
    }

    /// Sends messages one after the other.
    pub(crate) async fn send_batch(&self) -> Latencies {
        let mut latencies = Latencies::default();
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for _ in 0..BATCH {
            ticks.tick().await;
            let id = self.sent.fetch_add(1, Ordering::Relaxed).to_string();
            let start = Instant::now();
            let sent = self.user.send(&self.conversation, &id, &id).await;
            assert_eq!(sent.status, 201, "{}", sent.text);
            latencies.0.push(start.elapsed());
        }
        latencies
    }

    /// Checks that each message was stored once, in the order of sending.
    pub(crate) async fn assert_all_sent_in_order(&self) {
        let log = self.user.log(&self.conversation, 0).await;
        let contents: Vec<_> = log
            .iter()
            .filter_map(|record| record["data"]["content"].as_str())
            .collect();
        let sent = self.sent.load(Ordering::Relaxed);
        let expected: Vec<_> = (0..sent).map(|number| number.to_string()).collect();
        assert_eq!(contents, expected);
    }
}

/// Durations of sends.
#[derive(Debug, Clone, Default)]
pub(crate) struct Latencies(Vec<Duration>);

impl Latencies {
    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The 99th percentile.
    pub(crate) fn p99(&self) -> Duration {
        self.percentile(99)
    }

    fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent).div_ceil(100).max(1);
        sorted.get(rank - 1).copied().unwrap_or_default()
    }
}

impl fmt::Display for Latencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let median = self.percentile(50);
        let max = self.percentile(100);
        write!(f, "p50 {median:.1?} p99 {:.1?} max {max:.1?}", self.p99())
    }
}
