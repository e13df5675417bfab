use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use tokio::sync::broadcast::{Receiver, Sender};

use super::READ;

/// Frames that may wait for a receiver.
const WAITING: usize = 4_096;

/// All who are connected.
#[derive(Debug, Clone)]
pub(super) struct Everyone(Sender<Utf8Bytes>);

impl Default for Everyone {
    fn default() -> Self {
        Self(Sender::new(WAITING))
    }
}

/// Sends everyone what anyone says.
pub(super) async fn join(State(everyone): State<Everyone>, upgrade: WebSocketUpgrade) -> Response {
    upgrade
        .read_buffer_size(READ)
        .write_buffer_size(0)
        .on_upgrade(async move |socket| {
            let frames = everyone.0.subscribe();
            pass_on(socket, everyone, frames).await;
        })
}

async fn pass_on(mut socket: WebSocket, everyone: Everyone, mut frames: Receiver<Utf8Bytes>) {
    loop {
        tokio::select! {
            said = socket.recv() => match said {
                // Nobody else may be there to hear it.
                Some(Ok(Message::Text(text))) => { let _ = everyone.0.send(text); }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            },
            frame = frames.recv() => {
                let Ok(frame) = frame else { return };
                if socket.send(Message::Text(frame)).await.is_err() {
                    return;
                }
            }
        }
    }
}
