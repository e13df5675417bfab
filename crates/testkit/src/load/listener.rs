use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::TestUser;
use crate::history::{HistoryRecorder, Mark, MarkKind, Receipt};
use crate::socket::{Closed, Cursors, Socket, Step};

/// Delay between two attempts to connect while the server is down.
const PAUSE: Duration = Duration::from_millis(20);
/// How long a listener may take to catch up.
const PATIENCE: Duration = Duration::from_mins(1);

/// A device that listens and resumes whenever its connection ends.
#[derive(Debug)]
pub struct Listener {
    progress: watch::Receiver<Cursors>,
    task: JoinHandle<()>,
}

struct Device {
    person: TestUser,
    base: String,
    name: String,
    tenant: String,
    recorder: HistoryRecorder,
    cursors: Cursors,
    told: watch::Sender<Cursors>,
}

impl Listener {
    /// Starts listening as a device of a tenant's user at a server's address.
    #[must_use]
    pub fn start(
        base: &str,
        tenant: &str,
        person: &TestUser,
        device: &str,
        recorder: &HistoryRecorder,
    ) -> Self {
        let (told, progress) = watch::channel(Cursors::default());
        let device = Device {
            person: person.clone(),
            base: base.to_owned(),
            name: format!("{} {device}", person.external_id),
            tenant: tenant.to_owned(),
            recorder: recorder.clone(),
            cursors: Cursors::default(),
            told,
        };
        Self {
            progress,
            task: tokio::spawn(device.run()),
        }
    }

    /// Waits until the listener has a record of a conversation.
    pub async fn caught_up(&mut self, conversation: &str, seq: i64) {
        let reached = self
            .progress
            .wait_for(|cursors| cursors.get(conversation) >= seq);
        let reached = timeout(PATIENCE, reached)
            .await
            .expect("a listener catches up in time");
        reached.expect("a listener runs until it is dropped");
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Device {
    async fn run(mut self) {
        loop {
            if let Ok(mut socket) = Socket::connect(&self.base).await {
                socket.cursors = self.cursors.clone();
                let hello = json!({
                    "t": "hello",
                    "token": self.person.token,
                    "device_id": self.name,
                    "cursors": self.cursors.to_json(),
                });
                socket.send(hello).await;
                let _ = self.listen(&mut socket).await;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Applies frames until the connection ends.
    async fn listen(&mut self, socket: &mut Socket) -> Result<(), Closed> {
        loop {
            let frame = socket.next().await?;
            let conversation = frame["conversation_id"].as_str().unwrap_or_default();
            match frame["t"].as_str() {
                Some("event") => self.apply(conversation, &frame),
                Some("signal") => self.heed(&frame),
                Some("reset") => {
                    for record in self
                        .person
                        .log(conversation, self.cursors.get(conversation))
                        .await
                    {
                        self.apply(conversation, &record);
                    }
                    socket.cursors = self.cursors.clone();
                }
                _ => {}
            }
        }
    }

    fn apply(&mut self, conversation: &str, record: &Value) {
        let seq = record["seq"].as_i64().unwrap_or_default();
        if self.cursors.apply(conversation, seq) == Step::Known {
            return;
        }
        let message = record["data"]["id"]
            .as_str()
            .filter(|_| record["type"] == "message.new");
        self.recorder.receive(Receipt {
            reader: self.name.clone(),
            conversation: conversation.to_owned(),
            seq,
            message: message.map(str::to_owned),
        });
        if let Some(text) = record["data"]["content"].as_str() {
            self.recorder.saw(&self.tenant, text);
        }
        self.told.send_replace(self.cursors.clone());
    }

    fn heed(&self, signal: &Value) {
        let kind = match signal["type"].as_str() {
            Some("read.updated") => MarkKind::Read,
            Some("delivered.updated") => MarkKind::Delivered,
            _ => return,
        };
        let text = |key: &str| signal["data"][key].as_str().unwrap_or_default().to_owned();
        self.recorder.mark(Mark {
            observer: self.name.clone(),
            conversation: text("conversation_id"),
            user: text("user_id"),
            kind,
            seq: signal["data"]["seq"].as_i64().unwrap_or_default(),
        });
    }
}
