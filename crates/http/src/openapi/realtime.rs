//! OpenAPI descriptions of the event streams, whose routes belong to the realtime crate.

use wire::frames::{ServerFrame, StreamEvent};

/// Description of the event streams.
#[derive(utoipa::OpenApi)]
#[openapi(
    paths(connect, follow_events),
    tags((name = "realtime", description = "WebSocket and SSE event streams."))
)]
pub(super) struct Realtime;

/// Open a WebSocket
///
/// Opens a WebSocket with JSON text frames: each frame of the client is a `ClientFrame`, each of
/// the server a `ServerFrame`. The client must send `Hello` within 5 seconds; the credential and
/// the browser's origin are checked then. Fails with 426 if the request is not an upgrade to
/// WebSocket version 13.
#[utoipa::path(
    get, path = "/v1/realtime", tag = "realtime", operation_id = "connect", security(()),
    responses((status = 101, description = "The frames of the server.", body = ServerFrame)),
)]
#[expect(dead_code, reason = "holds OpenAPI text only")]
fn connect() {}

/// Follow events
///
/// Streams the same frames as server-sent events, for clients that only read. Events have no
/// `id:`, and `Last-Event-ID` is ignored, because the position in the stream is a number for each
/// conversation: a client that reconnects sends `cursors` and `user_cursor`. `HEAD` checks the
/// credential and opens no stream. Requires a user token.
#[utoipa::path(
    get, path = "/v1/realtime/events", tag = "realtime", operation_id = "follow_events",
    security(("user_token" = [])),
    params(
        (
            "cursors" = Option<String>, Query, pattern = "^[0-9a-f]{24}:[0-9]{1,15}(,[0-9a-f]{24}:[0-9]{1,15}){0,999}$",
            description = "Last record that the client has of each conversation: `<conversation_id>:<seq>,…`, at most \
                           1,000 entries, each conversation once.",
        ),
        ("user_cursor" = Option<i64>, Query, description = "Last record that the client has of the user's own log.", minimum = 0),
        ("device_id" = Option<wire::schema::DeviceId>, Query, description = "Id of the device that connects."),
        ("epoch" = Option<String>, Query, description = "`epoch` of the last `ready` frame."),
    ),
    responses((status = 200, description = "The frames of the server.", body = StreamEvent, content_type = "text/event-stream")),
)]
#[expect(dead_code, reason = "holds OpenAPI text only")]
fn follow_events() {}
