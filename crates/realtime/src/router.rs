use axum::Router;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use axum::routing::get;
use base::limit;

use crate::hub::Hub;
use crate::{session, stream};

/// What a connection reads at once, and room that it keeps also when idle:
/// most frames of clients are shorter, a longer one gets its own.
const READ_BYTES: usize = 1024;

/// Frames that wait are written together up to here; the room is made when they come.
const WRITE_BYTES: usize = 4 * 1024;

/// `GET /v1/realtime` and `GET /v1/realtime/events`.
pub fn router(hub: Hub) -> Router {
    Router::new().route("/v1/realtime", get(socket)).route("/v1/realtime/events", get(stream::events)).with_state(hub)
}

async fn socket(State(hub): State<Hub>, headers: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    let origin = origin(&headers);
    upgrade
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(WRITE_BYTES)
        .max_message_size(limit::FRAME_BYTES)
        .max_frame_size(limit::FRAME_BYTES)
        .on_upgrade(move |socket| session::serve(hub, Box::new(socket), origin))
}

/// The page a browser says the request comes from; absent from native clients.
pub(crate) fn origin(headers: &HeaderMap) -> Option<String> {
    headers.get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or("invalid").to_owned())
}
