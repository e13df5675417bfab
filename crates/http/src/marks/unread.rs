use axum::Json;
use domain::messaging::unread_total;
use wire::UnreadTotals;

use crate::extract::Caller;
use crate::refusal::Answer;

/// Get unread totals
///
/// Unread messages of the acting user in all conversations; each conversation counts with 100 at most.
#[utoipa::path(
    get, path = "/v1/unread", tag = "marks",
    responses((status = 200, description = "The totals.", body = UnreadTotals)),
)]
pub(super) async fn get_unread(caller: Caller) -> Answer<Json<UnreadTotals>> {
    Ok(Json(
        unread_total(&caller.tenant, caller.actor.user()?)
            .await?
            .into(),
    ))
}
