//! What OpenAPI says of the connections, whose routes belong to another floor.

use wire::frames::{ServerFrame, StreamEvent};

/// Open a connection
///
/// A WebSocket with JSON text frames: the client's are each a `ClientFrame`, the server's a `ServerFrame`. The first one
/// of the client is `Hello`, within 5 seconds. A browser's origin is checked against the application then. A request
/// that does not open a WebSocket of version 13 is answered with 426.
#[utoipa::path(
    get, path = "/v1/realtime", tag = "realtime", operation_id = "connect", security(()),
    responses((status = 101, description = "Frames of the server.", body = ServerFrame)),
)]
#[expect(dead_code, reason = "holds OpenAPI text only")]
pub(super) fn connect() {}

/// Follow events
///
/// The same frames as server-sent events, for clients that only read. Events have no `id:`, and `Last-Event-ID` is
/// ignored, since the position in the stream is a number for each conversation: a client that reconnects sends
/// `cursors` and `user_cursor`. `HEAD` checks the credential and opens nothing.
#[utoipa::path(
    get, path = "/v1/realtime/events", tag = "realtime", operation_id = "follow_events",
    security(("user_token" = [])),
    params(
        (
            "cursors" = Option<String>, Query, pattern = "^[0-9a-f]{24}:[0-9]{1,15}(,[0-9a-f]{24}:[0-9]{1,15}){0,999}$",
            description = "`<conversation_id>:<seq>,…`, at most 1,000, each conversation once.",
        ),
        ("user_cursor" = Option<i64>, Query, description = "The last record of the user's own log.", minimum = 0),
        ("device_id" = Option<wire::schema::DeviceId>, Query),
        ("epoch" = Option<String>, Query),
    ),
    responses((status = 200, description = "Frames.", body = StreamEvent, content_type = "text/event-stream")),
)]
#[expect(dead_code, reason = "holds OpenAPI text only")]
pub(super) fn follow_events() {}
