use std::fmt;
use std::time::{Duration, Instant};

use crate::client::Socket;
use crate::sample::{Sample, Watch, percentile};
use crate::stored::EVENT;

use super::audience::Audience;

/// Messages under way at once.
const UNDER_WAY: u64 = 16;

/// The pause between two messages whose way is timed.
const PAUSE: Duration = Duration::from_millis(50);

/// Who sends to an audience, and hears their own messages.
pub(super) struct Speaker {
    socket: Socket,
    text: Box<dyn Fn() -> String + Send>,
}

impl fmt::Debug for Speaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Speaker")
    }
}

impl Speaker {
    /// A speaker with something new to say each time.
    pub(super) fn new(socket: Socket, text: impl Fn() -> String + Send + 'static) -> Self {
        Self {
            socket,
            text: Box::new(text),
        }
    }

    /// Sends once and hands back the event that comes of it.
    pub(super) async fn heard(&mut self) -> String {
        self.socket.send(&(self.text)()).await;
        self.socket.wait_for(EVENT).await
    }

    /// Sends as fast as the own events come, until all have everything. An operation is a delivery.
    pub(super) async fn speak(
        &mut self,
        audience: &mut Audience,
        process: u32,
        length: Duration,
    ) -> Sample {
        let watch = Watch::start(process);
        let until = Instant::now() + length;
        let mut sent = 0;
        while Instant::now() < until {
            self.socket.send(&(self.text)()).await;
            sent += 1;
            if sent > UNDER_WAY {
                self.socket.wait_for(EVENT).await;
            }
        }
        for _ in 0..sent.min(UNDER_WAY) {
            self.socket.wait_for(EVENT).await;
        }
        let deliveries = audience.expect(sent).await;
        watch.stop(deliveries as usize, Vec::new())
    }

    /// How long a message takes to its last receiver, 99 of 100 within, in microseconds.
    pub(super) async fn latency(&mut self, audience: &mut Audience, length: Duration) -> f64 {
        let count = (length.as_millis() / PAUSE.as_millis()).max(1);
        let mut ticks = tokio::time::interval(PAUSE);
        let mut sent = Vec::new();
        for _ in 0..count {
            ticks.tick().await;
            sent.push(Instant::now());
            self.heard().await;
        }
        audience.expect(count as u64).await;
        percentile(audience.since(&sent), 0.99)
    }
}
