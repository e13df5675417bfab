use axum::extract::State;
use domain::platform::Client;

use crate::api::Api;
use crate::refusal::Answer;

/// Can the server serve
///
/// Answers 503 while the store cannot be asked.
#[utoipa::path(get, path = "/readyz", tag = "meta", responses((status = 200, description = "It can.", body = str)))]
pub(super) async fn get_readiness(State(api): State<Api>) -> Answer<&'static str> {
    api.store().platform().count(Client::by_created.all(), 1).await?;
    Ok("ready")
}
