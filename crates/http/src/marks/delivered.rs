use axum::Json;
use domain::messaging::Marks;
use wire::{Mark, MarkRequest};

use super::raised;
use crate::extract::{Body, Caller, ConversationPath};
use crate::refusal::Answer;

/// Mark as delivered
///
/// Says that everything up to a record is on a device of the acting user, for clients without a connection.
#[utoipa::path(
    post, path = "/v1/conversations/{conversation}/delivered", tag = "marks",
    params(("conversation" = wire::schema::Named, Path)), request_body = MarkRequest,
    responses((status = 200, description = "What stands now.", body = Mark)),
)]
pub(super) async fn mark_delivered(
    caller: Caller,
    ConversationPath(name): ConversationPath,
    Body(mark): Body<MarkRequest>,
) -> Answer<Json<Mark>> {
    let marks = Marks {
        read_seq: 0,
        delivered_seq: mark.seq,
    };
    Ok(Json(raised(&caller, &name, marks).await?))
}
