use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::auth::mint_token;
use wire::{NewToken, Token};

use crate::api::Api;
use crate::extract::{Caller, OptionalBody, UserPath};
use crate::refusal::Answer;

/// Mint a user token
///
/// The token lets a client act as the user. It is signed with the secret of the API key's application. A token that is
/// minted after a revocation is accepted at once.
#[utoipa::path(
    post, path = "/v1/users/{user}/tokens", tag = "tokens", params(("user" = wire::schema::Named, Path)),
    request_body(content = Option<NewToken>), responses((status = 201, description = "The token.", body = Token)),
)]
pub(super) async fn create_token(
    State(api): State<Api>,
    caller: Caller,
    UserPath(name): UserPath,
    OptionalBody(new): OptionalBody<NewToken>,
) -> Answer<(StatusCode, Json<Token>)> {
    let platform = api.store().platform();
    let application = caller.application.id;
    let minted = mint_token(
        &caller.tenant,
        &platform,
        api.vault(),
        application,
        &name,
        new.expires_in,
    )
    .await?;
    let token = Token {
        token: minted.token,
        user_id: minted.user,
        expires_at: minted.expires_at,
    };
    Ok((StatusCode::CREATED, Json(token)))
}
