//! User tokens.

mod create;
mod revoke_of_application;
mod revoke_of_user;

use create::{__path_create_token, create_token};
use revoke_of_application::{__path_revoke_application_tokens, revoke_application_tokens};
use revoke_of_user::{__path_revoke_user_tokens, revoke_user_tokens};

use crate::routes::{Routes, routes};

pub(crate) fn routes() -> Routes {
    routes![create_token, revoke_user_tokens, revoke_application_tokens]
}
