use std::fmt;
use std::time::{Duration, Instant};

use crate::client::Socket;
use crate::prefill::EVENT;
use crate::sample::{Sample, Watch, percentile};

use super::receivers::Receivers;

/// Unacknowledged messages.
const IN_FLIGHT: u64 = 16;

/// Interval between two timed messages.
const SEND_INTERVAL: Duration = Duration::from_millis(50);

/// Client that sends messages and receives its own events.
pub(super) struct TimedSender {
    socket: Socket,
    text: Box<dyn Fn() -> String + Send>,
}

impl fmt::Debug for TimedSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Speaker")
    }
}

impl TimedSender {
    /// Creates a sender; `text` returns the next frame.
    pub(super) fn new(socket: Socket, text: impl Fn() -> String + Send + 'static) -> Self {
        Self {
            socket,
            text: Box::new(text),
        }
    }

    /// Sends a message and returns its event.
    pub(super) async fn send_and_receive(&mut self) -> String {
        self.socket.send(&(self.text)()).await;
        self.socket.wait_for(EVENT).await
    }

    /// Sends as fast as its own events arrive, then waits for all deliveries. An
    /// operation is a delivery.
    pub(super) async fn send_all(
        &mut self,
        receivers_group: &mut Receivers,
        process: u32,
        length: Duration,
    ) -> Sample {
        let watch = Watch::start(process);
        let until = Instant::now() + length;
        let mut sent = 0;
        while Instant::now() < until {
            self.socket.send(&(self.text)()).await;
            sent += 1;
            if sent > IN_FLIGHT {
                self.socket.wait_for(EVENT).await;
            }
        }
        for _ in 0..sent.min(IN_FLIGHT) {
            self.socket.wait_for(EVENT).await;
        }
        let deliveries = receivers_group.expect(sent).await;
        watch.stop(deliveries as usize, Vec::new())
    }

    /// Returns the 99th percentile of the time to the last receiver, in microseconds.
    pub(super) async fn latency(
        &mut self,
        receivers_group: &mut Receivers,
        length: Duration,
    ) -> f64 {
        let count = (length.as_millis() / SEND_INTERVAL.as_millis()).max(1);
        let mut ticks = tokio::time::interval(SEND_INTERVAL);
        let mut sent = Vec::new();
        for _ in 0..count {
            ticks.tick().await;
            sent.push(Instant::now());
            self.send_and_receive().await;
        }
        receivers_group.expect(count as u64).await;
        percentile(receivers_group.since(&sent), 0.99)
    }
}
