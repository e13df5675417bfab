use axum::Json;
use domain::messaging::Receipts;
use wire::{Receipt, ReceiptRequest};

use super::raised;
use crate::extract::{Body, Caller, ConversationPath};
use crate::refusal::Answer;

/// Mark as read
///
/// Raises the acting user's read mark, at most to the last record; a lower one than stands changes nothing.
#[utoipa::path(
    post, path = "/v1/conversations/{conversation}/read", tag = "marks",
    params(("conversation" = wire::schema::Named, Path)), request_body = ReceiptRequest,
    responses((status = 200, description = "What stands now.", body = Receipt)),
)]
pub(super) async fn mark_read(
    caller: Caller,
    ConversationPath(name): ConversationPath,
    Body(mark): Body<ReceiptRequest>,
) -> Answer<Json<Receipt>> {
    let marks = Receipts {
        read_seq: mark.seq,
        delivered_seq: mark.seq,
    };
    Ok(Json(raised(&caller, &name, marks).await?))
}
