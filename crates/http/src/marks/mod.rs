//! How far users have come.

mod delivered;
mod read;
mod shown;
mod unread;

use delivered::{__path_mark_delivered, mark_delivered};
use read::{__path_mark_read, mark_read};
use shown::raised;
use unread::{__path_get_unread, get_unread};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(mark_read)).routes(routes!(mark_delivered)).routes(routes!(get_unread))
}
