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

/// How long a test waits for a frame.
const PATIENCE: Duration = Duration::from_secs(30);

/// A WebSocket connection to `/v1/realtime`.
#[derive(Debug)]
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The last record that the client has, by conversation.
    pub cursors: Cursors,
    /// Applied events in order.
    pub events: Vec<Value>,
    waiting: Vec<Value>,
}

/// The end of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The close code; `None` if the connection was lost.
    pub code: Option<u16>,
    /// The stable identifier of the reason.
    pub reason: String,
}

impl Socket {
    /// Connects to a server's address without sending a frame.
    ///
    /// # Errors
    /// Fails if the server is not reachable or rejects the connection.
    pub async fn connect(base: &str) -> Result<Self, Box<Error>> {
        Self::request(Self::upgrade(base)?).await
    }

    /// Connects like a page of an origin.
    ///
    /// # Errors
    /// Fails if the server is not reachable or rejects the connection.
    ///
    /// # Panics
    /// Panics if the origin is not a valid header value.
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

    /// Connects, sends the hello and waits for `ready`.
    ///
    /// # Panics
    /// Panics if the server is not reachable or closes the connection.
    pub async fn open(base: &str, token: &str) -> Self {
        Self::resume(base, token, "testkit", Cursors::default()).await
    }

    /// Connects like [`Self::open`], as a known device with its cursors.
    ///
    /// # Panics
    /// Panics if the server is not reachable or closes the connection.
    pub async fn resume(base: &str, token: &str, device: &str, cursors: Cursors) -> Self {
        let hello = json!({"t": "hello", "token": token, "device_id": device, "cursors": cursors.to_json()});
        Self::greet(base, hello, cursors).await
    }

    /// Connects like [`Self::resume`], without a device id.
    ///
    /// # Panics
    /// Panics if the server is not reachable or closes the connection.
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

    /// Sends a frame. If the connection is closed, the next read returns the reason.
    pub async fn send(&mut self, frame: Value) {
        // The reason is in the frames that the server sent before it closed the connection.
        let _ = self.stream.send(Message::text(frame.to_string())).await;
    }

    /// Sends a text that need not be a frame.
    pub async fn send_text(&mut self, text: &str) {
        // As in `send`.
        let _ = self.stream.send(Message::text(text)).await;
    }

    /// Sends a text that is not UTF-8.
    pub async fn send_invalid_text(&mut self) {
        let frame = Frame::message(vec![0xff_u8], OpCode::Data(Data::Text), true);
        // As in `send`.
        let _ = self.stream.send(Message::Frame(frame)).await;
    }

    /// Sends a message and waits for its `sent`.
    ///
    /// # Panics
    /// Panics if the server rejects it.
    pub async fn say(
        &mut self,
        conversation: &str,
        client_message_id: &str,
        content: &str,
    ) -> Value {
        let frame = json!({"t": "send", "ref": client_message_id, "conversation_id": conversation, "client_message_id": client_message_id, "content": content});
        self.ask(frame).await
    }

    /// Sends a frame with a `ref` and waits for its response.
    ///
    /// # Panics
    /// Panics if the connection is closed first.
    pub async fn ask(&mut self, frame: Value) -> Value {
        let reference = frame["ref"].clone();
        self.send(frame).await;
        self.wait_until(|frame| frame["ref"] == reference).await
    }

    /// Waits for a frame with this `t`, or for an event or signal of this type.
    ///
    /// # Panics
    /// Panics if the connection is closed first or on timeout.
    pub async fn wait_for(&mut self, kind: &str) -> Value {
        self.wait_until(|frame| frame["t"] == kind || frame["type"] == kind)
            .await
    }

    /// Waits for a frame. Frames received before it are kept for later calls.
    ///
    /// # Panics
    /// Panics if the connection is closed first or on timeout.
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

    /// Returns frames that were received before an awaited one and not taken since.
    #[must_use]
    pub fn waiting(&self) -> &[Value] {
        &self.waiting
    }

    /// Waits until the server closes the connection.
    ///
    /// # Panics
    /// Panics on timeout.
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

    /// Closes the connection and waits until the server has closed it too.
    ///
    /// # Panics
    /// Panics on timeout.
    pub async fn close(mut self) {
        // A failed connection ends as well.
        let _ = self.stream.close(None).await;
        let end = async { while let Some(Ok(_)) = self.stream.next().await {} };
        timeout(PATIENCE, end).await.expect("the server lets go");
    }

    /// Returns the next frame.
    ///
    /// Applies events like a client: known events are dropped, and the server must not leave gaps.
    ///
    /// # Errors
    /// Fails with the reason if the connection ended.
    ///
    /// # Panics
    /// Panics on a gap or a frame that is not JSON.
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
