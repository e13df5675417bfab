use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::client::Socket;
use crate::sample::micros;
use crate::stored::EVENT;

/// Messages whose last arrival is remembered.
const REMEMBERED: u64 = 4_096;

/// How often it is looked whether all have arrived.
const LOOK: Duration = Duration::from_millis(1);

/// Receivers that count what arrives.
#[derive(Debug)]
pub(super) struct Audience {
    heard: Arc<Heard>,
    receivers: u64,
    /// Messages that all have.
    messages: u64,
    /// Dropped, it ends the receivers.
    _tasks: JoinSet<()>,
}

#[derive(Debug)]
struct Heard {
    epoch: Instant,
    deliveries: AtomicU64,
    /// When each message reached its last receiver, in microseconds of the epoch.
    last: Vec<AtomicU64>,
}

impl Audience {
    /// Lets sockets listen for events.
    pub(super) fn gather(sockets: Vec<Socket>) -> Self {
        let last = (0..REMEMBERED).map(|_| AtomicU64::default()).collect();
        let heard = Arc::new(Heard {
            epoch: Instant::now(),
            deliveries: AtomicU64::default(),
            last,
        });
        let receivers = sockets.len() as u64;
        let tasks = sockets
            .into_iter()
            .map(|socket| listen(socket, Arc::clone(&heard)))
            .collect();
        Self {
            heard,
            receivers,
            messages: 0,
            _tasks: tasks,
        }
    }

    /// Waits until all have so many more messages. Answers the deliveries.
    pub(super) async fn expect(&mut self, messages: u64) -> u64 {
        self.messages += messages;
        while self.heard.deliveries.load(Ordering::Acquire) < self.messages * self.receivers {
            tokio::time::sleep(LOOK).await;
        }
        messages * self.receivers
    }

    /// How long after these moments the last messages had reached everyone, in microseconds.
    pub(super) fn since(&self, sent: &[Instant]) -> Vec<f64> {
        let first = self.messages - sent.len() as u64;
        let arrived = |number: u64| {
            self.heard.last[(number % REMEMBERED) as usize].load(Ordering::Acquire) as f64
        };
        let moments = sent
            .iter()
            .map(|sent| micros(sent.duration_since(self.heard.epoch)));
        moments
            .zip(first..)
            .map(|(sent, number)| arrived(number) - sent)
            .collect()
    }
}

async fn listen(mut socket: Socket, heard: Arc<Heard>) {
    let mut next = 0;
    loop {
        let events = socket.count(EVENT).await;
        let now = micros(heard.epoch.elapsed()) as u64;
        for number in next..next + events {
            heard.last[(number % REMEMBERED) as usize].fetch_max(now, Ordering::AcqRel);
        }
        next += events;
        heard.deliveries.fetch_add(events, Ordering::AcqRel);
    }
}
