use axum::Json;
use axum::extract::State;
use wire::{TokenRevocation, TokensRevoked};

use crate::api::Api;
use crate::extract::{Caller, OptionalBody};
use crate::refusal::Answer;

/// Revoke an application's tokens
///
/// Rejects all user tokens of the API key's application that were issued before a moment, by default all issued until
/// now, and closes the connections that were opened with them. The response says `usable_from`: a token that the tenant's own server signs is
/// accepted again if its `iat` is that second or later, because the clock of that server may be ahead. Tokens minted
/// with `POST /v1/users/{user}/tokens` after the revocation are accepted at once.
#[utoipa::path(
    post, path = "/v1/tokens/revoke", tag = "tokens",
    request_body(content = Option<TokenRevocation>),
    responses((status = 200, description = "The tokens are revoked.", body = TokensRevoked)),
)]
pub(super) async fn revoke_application_tokens(
    State(api): State<Api>,
    caller: Caller,
    OptionalBody(revocation): OptionalBody<TokenRevocation>,
) -> Answer<Json<TokensRevoked>> {
    let platform = api.store().platform();
    let application = caller.application.id;
    let usable_from =
        domain::tenants::revoke_application_tokens(&platform, application, revocation.before)
            .await?;
    Ok(Json(TokensRevoked { usable_from }))
}
