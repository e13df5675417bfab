use axum::Json;
use domain::retention::{self, RetentionSubject};
use wire::{NewRetention, Retention};

use crate::extract::{Body, Caller};
use crate::refusal::Answer;

/// Set the retention
///
/// Messages older than `days` lose text, attachments, metadata and history and stay as deleted ones; conversations with
/// days of their own follow those. A legal hold stops that, and every erasure and deletion (409 `legal_hold`).
#[utoipa::path(
    put, path = "/v1/retention", tag = "settings", request_body = NewRetention,
    responses((status = 200, description = "The retention.", body = Retention)),
)]
pub(super) async fn set_retention(
    caller: Caller,
    Body(new): Body<NewRetention>,
) -> Answer<Json<Retention>> {
    let whose = RetentionSubject::Tenant(caller.tenant.id());
    let rule = retention::set(&caller.tenant, whose, new.into()).await?;
    domain::erasure::look_again(&caller.tenant).await?;
    Ok(Json(Retention::of(&rule)))
}
