use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::client::Socket;
use crate::prefill::EVENT;
use crate::sample::micros;

/// Messages whose last arrival is tracked.
const TRACKED_MESSAGES: u64 = 4_096;

/// Interval to check whether all messages have arrived.
const POLL_INTERVAL: Duration = Duration::from_millis(1);

/// Receivers that count events.
#[derive(Debug)]
pub(super) struct Receivers {
    deliveries: Arc<Deliveries>,
    count: u64,
    /// Messages that all receivers have received.
    messages: u64,
    /// Ends the receivers on drop.
    _tasks: JoinSet<()>,
}

#[derive(Debug)]
struct Deliveries {
    epoch: Instant,
    total: AtomicU64,
    /// Last arrival of each message, in microseconds since the epoch.
    last: Vec<AtomicU64>,
}

impl Receivers {
    /// Starts a receiver per connection.
    pub(super) fn start(sockets: Vec<Socket>) -> Self {
        let last = (0..TRACKED_MESSAGES)
            .map(|_| AtomicU64::default())
            .collect();
        let deliveries = Arc::new(Deliveries {
            epoch: Instant::now(),
            total: AtomicU64::default(),
            last,
        });
        let count = sockets.len() as u64;
        let tasks = sockets
            .into_iter()
            .map(|socket| listen(socket, Arc::clone(&deliveries)))
            .collect();
        Self {
            deliveries,
            count,
            messages: 0,
            _tasks: tasks,
        }
    }

    /// Waits until all have received a number of further messages; returns the
    /// deliveries.
    pub(super) async fn expect(&mut self, messages: u64) -> u64 {
        self.messages += messages;
        while self.deliveries.total.load(Ordering::Acquire) < self.messages * self.count {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        messages * self.count
    }

    /// Returns the microseconds from each send to the last arrival of its message.
    pub(super) fn since(&self, sent: &[Instant]) -> Vec<f64> {
        let first = self.messages - sent.len() as u64;
        let arrived = |number: u64| {
            self.deliveries.last[(number % TRACKED_MESSAGES) as usize].load(Ordering::Acquire)
                as f64
        };
        let send_times = sent
            .iter()
            .map(|sent| micros(sent.duration_since(self.deliveries.epoch)));
        send_times
            .zip(first..)
            .map(|(sent, number)| arrived(number) - sent)
            .collect()
    }
}

async fn listen(mut socket: Socket, deliveries: Arc<Deliveries>) {
    let mut next = 0;
    loop {
        let events = socket.count(EVENT).await;
        let now = micros(deliveries.epoch.elapsed()) as u64;
        for number in next..next + events {
            deliveries.last[(number % TRACKED_MESSAGES) as usize].fetch_max(now, Ordering::AcqRel);
        }
        next += events;
        deliveries.total.fetch_add(events, Ordering::AcqRel);
    }
}
