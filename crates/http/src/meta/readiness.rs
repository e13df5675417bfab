use crate::api::Api;
use crate::refusal::Answer;
use axum::extract::State;

/// Can the server serve
///
/// Returns 503 while the store cannot be read or written: while it does not respond, its disk is full, or a file is
/// damaged. Reads may succeed meanwhile.
#[utoipa::path(get, path = "/readyz", tag = "meta", responses((status = 200, description = "It can.", body = str)))]
pub(super) async fn get_readiness(State(api): State<Api>) -> Answer<&'static str> {
    domain::tenants::ready(api.store()).await?;
    Ok("ready")
}
