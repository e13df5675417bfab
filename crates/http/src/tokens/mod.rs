//! User tokens.

mod create;
mod revoke_of_application;
mod revoke_of_user;

use create::{__path_create_token, create_token};
use revoke_of_application::{__path_revoke_application_tokens, revoke_application_tokens};
use revoke_of_user::{__path_revoke_user_tokens, revoke_user_tokens};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(create_token))
        .routes(routes!(revoke_user_tokens))
        .routes(routes!(revoke_application_tokens))
}
