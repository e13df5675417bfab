//! Senders that write as fast as they are answered.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use testkit::{Person, World};

use crate::metrics;
use crate::senders::{Http, Sender, Socket};

/// What the sends go over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// One socket a sender.
    WebSocket,
    /// One request a send, over kept connections.
    Http,
}

impl Transport {
    /// Both.
    pub const ALL: [Self; 2] = [Self::WebSocket, Self::Http];
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::WebSocket { "WebSocket" } else { "HTTP" })
    }
}

/// What came of one measurement.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    /// Acknowledged sends a second.
    pub per_second: f64,
    /// The mean number of commits that were written together meanwhile.
    pub group: f64,
}

/// A conversation and who writes to it.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The sender; the other participant is not there.
    pub sender: Person,
    /// The conversation.
    pub conversation: String,
}

/// Conversations of two participants each.
pub async fn pairs(world: &World, count: usize) -> Vec<Pair> {
    let mut pairs = Vec::with_capacity(count);
    for number in 0..count {
        let sender = world.tenant.person(&format!("sender-{number}")).await;
        let receiver = world.tenant.person(&format!("receiver-{number}")).await;
        let conversation = world.tenant.group(&[&sender, &receiver]).await;
        pairs.push(Pair { sender, conversation });
    }
    pairs
}

/// Sends for `length` and counts what is acknowledged.
pub async fn run(world: &World, transport: Transport, pairs: &[Pair], senders: usize, length: Duration) -> Measured {
    let mut open = Vec::with_capacity(senders);
    for number in 0..senders {
        let pair = pairs[number % pairs.len()].clone();
        open.push(match transport {
            Transport::WebSocket => Sender::Socket(Socket::open(pair).await),
            Transport::Http => Sender::Http(Http::new(pair)),
        });
    }
    let before = metrics::groups(&world.caas).await;
    let (count, begun) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let tasks = open.into_iter().map(|sender| tokio::spawn(send(sender, Arc::clone(&count), begun + length)));
    join_all(tasks).await;
    let seconds = begun.elapsed().as_secs_f64();
    let after = metrics::groups(&world.caas).await;
    let group = (after.grouped - before.grouped) / (after.groups - before.groups).max(1.0);
    Measured { per_second: count.load(Ordering::SeqCst) as f64 / seconds, group }
}

async fn send(mut sender: Sender, count: Arc<AtomicU64>, until: Instant) {
    let content = "x".repeat(300);
    while Instant::now() < until {
        sender.send(&content).await;
        count.fetch_add(1, Ordering::Relaxed);
    }
}
