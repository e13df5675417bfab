use axum::http::StatusCode;
use domain::users::revoke_tokens;
use wire::TokenRevocation;

use crate::extract::{Caller, OptionalBody, UserPath};
use crate::refusal::Answer;

/// Revoke a user's tokens
///
/// Refuses all tokens of the user that were minted before a moment, and closes their connections.
#[utoipa::path(
    post, path = "/v1/users/{user}/tokens/revoke", tag = "tokens", params(("user" = wire::schema::Named, Path)),
    request_body(content = Option<TokenRevocation>), responses((status = 204, description = "Revoked.")),
)]
pub(super) async fn revoke_user_tokens(
    caller: Caller,
    UserPath(name): UserPath,
    OptionalBody(revocation): OptionalBody<TokenRevocation>,
) -> Answer<StatusCode> {
    revoke_tokens(&caller.tenant, &name, revocation.before).await?;
    Ok(StatusCode::NO_CONTENT)
}
