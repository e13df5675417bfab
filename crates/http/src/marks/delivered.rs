use axum::Json;
use domain::messaging::Receipts;
use wire::{Receipt, ReceiptRequest};

use super::raised;
use crate::extract::{Body, Caller, ConversationPath};
use crate::refusal::Answer;

/// Mark as delivered
///
/// Says that everything up to a record is on a device of the acting user, for clients without a connection.
#[utoipa::path(
    post, path = "/v1/conversations/{conversation}/delivered", tag = "marks",
    params(("conversation" = wire::schema::Named, Path)), request_body = ReceiptRequest,
    responses((status = 200, description = "What stands now.", body = Receipt)),
)]
pub(super) async fn mark_delivered(
    caller: Caller,
    ConversationPath(name): ConversationPath,
    Body(mark): Body<ReceiptRequest>,
) -> Answer<Json<Receipt>> {
    let marks = Receipts {
        read_seq: 0,
        delivered_seq: mark.seq,
    };
    Ok(Json(raised(&caller, &name, marks).await?))
}
