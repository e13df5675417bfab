use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{Cursors, Step};

/// How long a story waits for a frame.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection to `/v1/realtime`.
#[derive(Debug)]
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// What the client has, by conversation.
    pub cursors: Cursors,
    /// Every event that was applied, in order.
    pub events: Vec<Value>,
    waiting: Vec<Value>,
}

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The close code; absent when the connection broke.
    pub code: Option<u16>,
    /// The stable word of the reason.
    pub reason: String,
}

impl Socket {
    /// Connects to a server's address without saying anything yet.
    ///
    /// # Errors
    /// When the server is not there or refuses.
    pub async fn connect(base: &str) -> Result<Self, Box<Error>> {
        Self::request(Self::upgrade(base)?).await
    }

    /// The same as a page of an origin does.
    ///
    /// # Errors
    /// When the server is not there or refuses.
    ///
    /// # Panics
    /// When the origin cannot stand in a header.
    pub async fn connect_from(base: &str, origin: &str) -> Result<Self, Box<Error>> {
        let mut upgrade = Self::upgrade(base)?;
        upgrade
            .headers_mut()
            .insert("origin", origin.parse().expect("an origin"));
        Self::request(upgrade).await
    }

    fn upgrade(base: &str) -> Result<Request, Box<Error>> {
        Ok(format!("{}/v1/realtime", base.replacen("http", "ws", 1)).into_client_request()?)
    }

    async fn request(upgrade: Request) -> Result<Self, Box<Error>> {
        let (stream, _) = connect_async(upgrade).await?;
        Ok(Self {
            stream,
            cursors: Cursors::default(),
            events: Vec::new(),
            waiting: Vec::new(),
        })
    }

    /// Connects, says hello and waits until the server is ready.
    ///
    /// # Panics
    /// When the server is not there or closes instead.
    pub async fn open(base: &str, token: &str) -> Self {
        Self::resume(base, token, "testkit", Cursors::default()).await
    }

    /// The same as a device that was there before.
    ///
    /// # Panics
    /// When the server is not there or closes instead.
    pub async fn resume(base: &str, token: &str, device: &str, cursors: Cursors) -> Self {
        let hello = json!({"t": "hello", "token": token, "device_id": device, "cursors": cursors.to_json()});
        Self::greet(base, hello, cursors).await
    }

    /// The same as a device that has no name.
    ///
    /// # Panics
    /// When the server is not there or closes instead.
    pub async fn resume_unnamed(base: &str, token: &str, cursors: Cursors) -> Self {
        Self::greet(
            base,
            json!({"t": "hello", "token": token, "cursors": cursors.to_json()}),
            cursors,
        )
        .await
    }

    async fn greet(base: &str, hello: Value, cursors: Cursors) -> Self {
        let mut socket = Self::connect(base).await.expect("a connection");
        socket.cursors = cursors;
        socket.send(hello).await;
        while socket.wait_for("ready").await["more"] == true {}
        socket
    }

    /// Sends a frame. A connection that is closed shows when it is read.
    pub async fn send(&mut self, frame: Value) {
        // What a closed connection answers is in what it sent before it closed.
        let _ = self.stream.send(Message::text(frame.to_string())).await;
    }

    /// Sends a text that need not be a frame.
    pub async fn send_text(&mut self, text: &str) {
        // As with `send`.
        let _ = self.stream.send(Message::text(text)).await;
    }

    /// Sends a text that is not UTF-8.
    pub async fn send_invalid_text(&mut self) {
        let frame = Frame::message(vec![0xff_u8], OpCode::Data(Data::Text), true);
        // As with `send`.
        let _ = self.stream.send(Message::Frame(frame)).await;
    }

    /// Sends a message and waits for its `sent`.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn say(
        &mut self,
        conversation: &str,
        client_message_id: &str,
        content: &str,
    ) -> Value {
        let frame = json!({"t": "send", "ref": client_message_id, "conversation_id": conversation, "client_message_id": client_message_id, "content": content});
        self.ask(frame).await
    }

    /// Sends a frame that carries a `ref` and waits for its answer.
    ///
    /// # Panics
    /// When the connection is closed first.
    pub async fn ask(&mut self, frame: Value) -> Value {
        let reference = frame["ref"].clone();
        self.send(frame).await;
        self.wait_until(|frame| frame["ref"] == reference).await
    }

    /// Waits for a frame of a kind: its `t`, or the type of an event or signal.
    ///
    /// # Panics
    /// When the connection is closed first or the frame does not come.
    pub async fn wait_for(&mut self, kind: &str) -> Value {
        self.wait_until(|frame| frame["t"] == kind || frame["type"] == kind)
            .await
    }

    /// Waits for a frame. Frames that come before it wait for their own call.
    ///
    /// # Panics
    /// When the connection is closed first or the frame does not come.
    pub async fn wait_until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(position) = self.waiting.iter().position(&wanted) {
            return self.waiting.remove(position);
        }
        let search = async {
            loop {
                let frame = self
                    .next()
                    .await
                    .unwrap_or_else(|closed| panic!("closed while waiting: {closed:?}"));
                if wanted(&frame) {
                    return frame;
                }
                self.waiting.push(frame);
            }
        };
        let found = timeout(PATIENCE, search).await;
        found.unwrap_or_else(|_| panic!("the frame did not come; these did: {:?}", self.waiting))
    }

    /// Frames that came before one that was waited for, and were not taken since.
    #[must_use]
    pub fn waiting(&self) -> &[Value] {
        &self.waiting
    }

    /// Waits until the server closes.
    ///
    /// # Panics
    /// When it does not.
    pub async fn closed(mut self) -> Closed {
        let end = async {
            loop {
                if let Err(closed) = self.next().await {
                    return closed;
                }
            }
        };
        timeout(PATIENCE, end).await.expect("the server closes")
    }

    /// Closes, and waits until the server has let go of the connection.
    ///
    /// # Panics
    /// When it does not.
    pub async fn close(mut self) {
        // Whatever is wrong with the connection, it ends.
        let _ = self.stream.close(None).await;
        let end = async { while let Some(Ok(_)) = self.stream.next().await {} };
        timeout(PATIENCE, end).await.expect("the server lets go");
    }

    /// The next frame. Events pass the client's rule: what is known already is
    /// dropped, and the server's rule never leaves a gap.
    ///
    /// # Errors
    /// How the connection ended.
    ///
    /// # Panics
    /// On a gap, or a frame that is no JSON.
    pub async fn next(&mut self) -> Result<Value, Closed> {
        loop {
            let frame = self.read().await?;
            if frame["t"] == "ready" {
                self.cursors.start_at_heads(&frame);
            }
            if frame["t"] != "event" {
                return Ok(frame);
            }
            let conversation = frame["conversation_id"].as_str().unwrap_or_default();
            match self
                .cursors
                .apply(conversation, frame["seq"].as_i64().unwrap_or_default())
            {
                Step::Known => {}
                Step::Applied => {
                    self.events.push(frame.clone());
                    return Ok(frame);
                }
                Step::Gap { from, .. } => panic!("record {from} was left out before {frame}"),
            }
        }
    }

    async fn read(&mut self) -> Result<Value, Closed> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => {
                    return Ok(serde_json::from_str(&text).expect("a frame is JSON"));
                }
                Some(Ok(Message::Close(Some(frame)))) => {
                    let told: Value = serde_json::from_str(&frame.reason).unwrap_or_default();
                    let reason = told["reason"].as_str().unwrap_or_default().to_owned();
                    return Err(Closed {
                        code: Some(frame.code.into()),
                        reason,
                    });
                }
                Some(Ok(Message::Close(None)) | Err(_)) | None => {
                    return Err(Closed {
                        code: None,
                        reason: String::new(),
                    });
                }
                Some(Ok(_)) => {}
            }
        }
    }
}
