use axum::extract::State;
use axum::http::StatusCode;
use wire::TokenRevocation;

use crate::api::Api;
use crate::extract::{Caller, OptionalBody};
use crate::refusal::Answer;

/// Revoke an application's tokens
///
/// Refuses all user tokens of the API key's application that were minted before a moment, and closes the connections.
#[utoipa::path(
    post, path = "/v1/tokens/revoke", tag = "tokens",
    request_body(content = Option<TokenRevocation>), responses((status = 204, description = "Revoked.")),
)]
pub(super) async fn revoke_application_tokens(
    State(api): State<Api>,
    caller: Caller,
    OptionalBody(revocation): OptionalBody<TokenRevocation>,
) -> Answer<StatusCode> {
    let platform = api.store().platform();
    domain::platform::revoke_application_tokens(&platform, caller.application.id, revocation.before).await?;
    Ok(StatusCode::NO_CONTENT)
}
