use axum::Router;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use axum::routing::get;
use base::limit;

use crate::hub::Hub;
use crate::{session, stream};

/// A socket's buffers: the library's defaults would cost 134 kB a connection.
const BUFFER_BYTES: usize = 4 * 1024;

/// `GET /v1/realtime` and `GET /v1/realtime/events`.
pub fn router(hub: Hub) -> Router {
    Router::new().route("/v1/realtime", get(socket)).route("/v1/realtime/events", get(stream::events)).with_state(hub)
}

async fn socket(State(hub): State<Hub>, headers: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    let origin = origin(&headers);
    upgrade
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_message_size(limit::FRAME_BYTES)
        .max_frame_size(limit::FRAME_BYTES)
        .on_upgrade(move |socket| session::serve(hub, socket, origin))
}

/// The page a browser says the request comes from; absent from native clients.
pub(crate) fn origin(headers: &HeaderMap) -> Option<String> {
    headers.get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or("invalid").to_owned())
}
