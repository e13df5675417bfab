use axum::Json;
use domain::retention::{self, RetentionSubject};
use wire::Retention;

use crate::extract::Caller;
use crate::refusal::Answer;

/// Get the retention
///
/// How long the tenant's messages are kept where a conversation has no days of its own, and whether a legal hold lies on
/// everything.
#[utoipa::path(
    get, path = "/v1/retention", tag = "settings",
    responses((status = 200, description = "The retention.", body = Retention)),
)]
pub(super) async fn get_retention(caller: Caller) -> Answer<Json<Retention>> {
    let whose = RetentionSubject::Tenant(caller.tenant.id());
    let rule = retention::get(&caller.tenant, whose).await?;
    Ok(Json(Retention::of(&rule)))
}
