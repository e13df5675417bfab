use axum::Json;
use domain::users::revoke_tokens;
use wire::{TokenRevocation, TokensRevoked};

use crate::extract::{Caller, OptionalBody, UserPath};
use crate::refusal::Answer;

/// Revoke a user's tokens
///
/// Rejects all tokens of the user that were issued before a moment, by default all issued until now, and closes the
/// connections that were opened with them. The response says `usable_from`: a token that the tenant's own server signs is
/// accepted again if its `iat` is that second or later, because the clock of that server may be ahead. Tokens minted
/// with `POST /v1/users/{user}/tokens` after the revocation are accepted at once.
#[utoipa::path(
    post, path = "/v1/users/{user}/tokens/revoke", tag = "tokens", params(("user" = wire::schema::Named, Path)),
    request_body(content = Option<TokenRevocation>),
    responses((status = 200, description = "The tokens are revoked.", body = TokensRevoked)),
)]
pub(super) async fn revoke_user_tokens(
    caller: Caller,
    UserPath(name): UserPath,
    OptionalBody(revocation): OptionalBody<TokenRevocation>,
) -> Answer<Json<TokensRevoked>> {
    let usable_from = revoke_tokens(&caller.tenant, &name, revocation.before).await?;
    Ok(Json(TokensRevoked { usable_from }))
}
