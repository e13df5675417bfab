//! Fake of the Graph API: it receives messages like Meta and sends signed webhooks like Meta. It
//! shares no code with the integrations that it tests.

mod account;
mod control;
mod media;
mod send;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post, put};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;

pub use account::{Account, sign};
pub use control::now;
pub use media::PIXEL;

/// A planned response to the next message.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Responds with this status and error, and does not accept the message.
    Error {
        /// HTTP status.
        status: u16,
        /// Code of the error.
        code: i64,
    },
    /// Accepts the message, and responds with a status 502 of a proxy.
    LostResponse,
}

/// A running fake. Cheap to clone.
#[derive(Debug, Clone)]
pub struct FakeGraph {
    /// Address, such as `http://127.0.0.1:41234`.
    pub url: String,
    state: State,
}

/// State of the fake. Cheap to clone.
#[derive(Debug, Clone)]
struct State {
    inner: Arc<Mutex<Inner>>,
    /// Number of accepted messages.
    accepted: Arc<watch::Sender<usize>>,
    /// Address of the fake.
    url: Arc<str>,
}

#[derive(Debug, Default)]
struct Inner {
    sent: Vec<Sent>,
    faults: Vec<(String, Fault)>,
    account: Option<Account>,
}

/// An accepted message.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Id of the message at the platform.
    pub id: String,
    /// Account or number from which it was sent.
    pub sender: String,
    /// Body of the request.
    pub body: Value,
}

impl FakeGraph {
    /// Starts a fake on a free port.
    ///
    /// # Panics
    /// Panics if no port is free.
    pub async fn start() -> Self {
        Self::start_at("127.0.0.1:0").await
    }

    /// Starts a fake at an address.
    ///
    /// # Panics
    /// Panics if the address is in use.
    pub async fn start_at(address: &str) -> Self {
        let socket = TcpListener::bind(address).await.expect("a free address");
        let url = format!("http://{}", socket.local_addr().expect("an address"));
        let state = State {
            inner: Arc::default(),
            accepted: Arc::new(watch::Sender::new(0)),
            url: url.as_str().into(),
        };
        let router = Router::new()
            .route("/{version}/{id}/messages", post(send::send))
            .route("/{version}/{id}", get(media::describe))
            .route("/_media/{id}", get(media::content))
            .route("/_control/account", put(control::set_account))
            .route("/_control/receive", post(control::receive))
            .route("/_control/status", post(control::status))
            .route("/_control/sent", get(control::sent))
            .with_state(state.clone());
        tokio::spawn(async move { axum::serve(socket, router).await });
        Self { url, state }
    }

    /// Plans the response to the next message of an account or number without a plan.
    pub fn plan(&self, sender: &str, fault: Fault) {
        self.state
            .inner
            .lock()
            .faults
            .push((sender.to_owned(), fault));
    }

    /// Returns the accepted messages of an account or number in their order.
    #[must_use]
    pub fn sent_by(&self, sender: &str) -> Vec<Sent> {
        let inner = self.state.inner.lock();
        let sent = inner.sent.iter().filter(|sent| sent.sender == sender);
        sent.cloned().collect()
    }

    /// Waits until at least `count` messages of an account or number are accepted, and returns them.
    ///
    /// # Panics
    /// Panics if the fake has stopped.
    pub async fn wait_for_sent(&self, sender: &str, count: usize) -> Vec<Sent> {
        let mut accepted = self.state.accepted.subscribe();
        let reached = accepted
            .wait_for(|_| self.sent_by(sender).len() >= count)
            .await;
        drop(reached.expect("the fake runs"));
        self.sent_by(sender)
    }
}
