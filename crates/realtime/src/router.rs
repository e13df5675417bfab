use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::header::{
    AUTHORIZATION, CONNECTION, HeaderName, ORIGIN, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION,
    UPGRADE,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use base::{ClientAddress, Error, ErrorCode, Result, limit};
use domain::auth::Entry;
use wire::headers;

use crate::error_response::error_response;
use crate::hub::Hub;
use crate::{session, stream};

/// Read buffer of a connection, kept also when idle. Most client frames are shorter; a
/// longer one gets its own buffer.
const READ_BYTES: usize = 1024;

/// Size up to which queued frames are written together. The buffer is allocated on
/// demand.
const WRITE_BYTES: usize = 4 * 1024;

/// Returns the routes `GET /v1/realtime` and `GET /v1/realtime/events`.
pub fn router(hub: Hub) -> Router {
    Router::new()
        .route("/v1/realtime", get(socket))
        .route("/v1/realtime/events", get(stream::events))
        .with_state(hub)
}

/// Origin and address of a client.
pub(crate) struct Peer {
    /// The `Origin` header of a browser; native clients send none.
    pub(crate) origin: Option<String>,
    /// The client's address.
    pub(crate) client: ClientAddress,
}

impl Peer {
    /// Returns what is checked together with the client's credential.
    pub(crate) fn entry(&self) -> Entry<'_> {
        Entry::from(self.origin.as_deref()).at(self.client)
    }
}

async fn socket(
    State(hub): State<Hub>,
    headers: HeaderMap,
    client: Option<Extension<ClientAddress>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let client = client.map_or(ClientAddress::UNKNOWN, |Extension(client)| client);
    let peer = match origin(&headers) {
        Ok(origin) => Peer {
            origin: origin.map(str::to_owned),
            client,
        },
        Err(failure) => return error_response(failure),
    };
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return not_upgraded(&rejection),
    };
    upgrade
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(WRITE_BYTES)
        .max_message_size(limit::FRAME_BYTES)
        .max_frame_size(limit::FRAME_BYTES)
        .on_upgrade(move |socket| session::serve(hub, Box::new(socket), peer))
}

/// Returns the response to a request that does not open a WebSocket of
/// version 13 (RFC 6455, section 4.2.2).
fn not_upgraded(rejection: &WebSocketUpgradeRejection) -> Response {
    if matches!(
        rejection,
        WebSocketUpgradeRejection::WebSocketKeyHeaderMissing(_)
    ) {
        return error_response(Error::invalid(
            SEC_WEBSOCKET_KEY.as_str(),
            "The header is required.",
        ));
    }
    let detail = "Open a WebSocket: send Connection: Upgrade, Upgrade: websocket and Sec-WebSocket-Version: 13.";
    let headers = [
        (CONNECTION, HeaderValue::from_static("upgrade")),
        (UPGRADE, HeaderValue::from_static("websocket")),
        (SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13")),
    ];
    (
        headers,
        error_response(Error::new(ErrorCode::UpgradeRequired, detail)),
    )
        .into_response()
}

/// Returns the `Origin` header of a browser; native clients send none.
///
/// # Errors
/// 400 for a duplicate header.
pub(crate) fn origin(headers: &HeaderMap) -> Result<Option<&str>> {
    single(headers, &ORIGIN)
}

/// Returns the credential of a request.
///
/// # Errors
/// 401 without one, 400 for a duplicate header.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<&str> {
    headers::bearer(single(headers, &AUTHORIZATION)?)
}

fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>> {
    headers::single(
        name.as_str(),
        headers.get_all(name).iter().map(HeaderValue::as_bytes),
    )
}
