//! Responses to frames: `sent`, errors, and the count of rejected frames.

use base::{Error, ErrorCode, Result};
use domain::auth::Reservation;
use domain::messaging;
use wire::frames::{ErrorFrame, Sent, ServerFrame};

use crate::connection::Connection;
use crate::frame::encode;

pub(super) fn sent_frame(sent: messaging::Sent, reference: Option<String>) -> ServerFrame {
    let id = sent.message.id;
    let seq = sent.message.seq;
    let client_message_id = sent.message.client_message_id.clone().unwrap_or_default();
    ServerFrame::Sent(Sent {
        reference,
        client_message_id,
        id,
        seq,
    })
}

/// Queues the response and returns its bytes.
pub(super) fn respond(
    connection: &Connection,
    reference: Option<String>,
    response: Result<Option<ServerFrame>>,
    reserved: Option<Reservation>,
) -> usize {
    match &response {
        Err(failure) => connection.count_rejection(is_rejection(failure.code)),
        // Pings do not reset the count of consecutive rejected frames.
        Ok(Some(ServerFrame::Pong(_))) => {}
        Ok(_) => connection.count_rejection(false),
    }
    let Some(frame) =
        response.unwrap_or_else(|failure| Some(error_frame(connection, &failure, reference)))
    else {
        return 0;
    };
    let frame = encode(&frame);
    let bytes = frame.len();
    match reserved {
        Some(reserved) => connection.send_queue.push_reserved(frame, reserved),
        None => connection.send_queue.push_response(frame),
    }
    bytes
}

/// Returns whether an error is caused by the client, so that the same frame would fail
/// again.
const fn is_rejection(code: ErrorCode) -> bool {
    matches!(code.status(), 400..500) && !matches!(code, ErrorCode::RateLimited)
}

fn error_frame(connection: &Connection, failure: &Error, reference: Option<String>) -> ServerFrame {
    let request_id = connection.tenant.context().new_object_id().to_string();
    if failure.code.status() >= 500 {
        let cause = std::error::Error::source(failure).map(ToString::to_string);
        tracing::error!(%request_id, tenant = %connection.tenant_id(), error = %failure, cause, "frame failed");
    }
    ServerFrame::Error(Box::new(ErrorFrame::new(failure, reference, request_id)))
}
