use axum::Router;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use base::{Error, ErrorCode};

use crate::api::Api;
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::routes::{Route, Routes};
use crate::{
    activities, analytics, app_data, bans, conversations, devices, docs, envelope, erasures, marks,
    messages, meta, participants, preferences, profiles, reactions, relationships, retention,
    settings, tokens, users,
};

/// Says that an operation has no line in the policy table.
#[derive(Debug, thiserror::Error)]
#[error("the operation {id} ({method} {path}) has no line in the policy table")]
pub struct Unlisted {
    /// The operation's id.
    pub id: &'static str,
    /// Its method.
    pub method: Method,
    /// Its path.
    pub path: String,
}

/// Every route of the API.
pub(crate) fn routes() -> Routes {
    users::routes()
        .merge(activities::routes())
        .merge(analytics::routes())
        .merge(profiles::routes())
        .merge(preferences::routes())
        .merge(app_data::routes())
        .merge(erasures::routes())
        .merge(relationships::routes())
        .merge(devices::routes())
        .merge(tokens::routes())
        .merge(conversations::routes())
        .merge(participants::routes())
        .merge(bans::routes())
        .merge(messages::routes())
        .merge(reactions::routes())
        .merge(marks::routes())
        .merge(retention::routes())
        .merge(settings::routes())
        .merge(meta::routes())
        .merge(docs::routes())
}

/// The public API. `more` are routes of other floors that get the same
/// envelope: request ids, problems for whatever response carries a
/// [`Error`] among its extensions, headers, bounds.
///
/// # Errors
/// [`Unlisted`] when a route has no line in the policy table: it must not start.
pub fn router(api: Api, more: Router) -> Result<Router, Unlisted> {
    let Routes {
        router, operations, ..
    } = routes();
    if let Some(Route { id, method, path }) = operations
        .into_iter()
        .find(|route| Policy::named(route.id).is_none())
    {
        return Err(Unlisted { id, method, path });
    }
    let router = router
        .with_state(api.clone())
        .merge(more)
        .fallback(not_found);
    let router = router.method_not_allowed_fallback(method_not_allowed);
    Ok(router.layer(from_fn_with_state(api, envelope::seal)))
}

async fn not_found() -> Refusal {
    Refusal(Error::new(
        ErrorCode::RouteNotFound,
        "There is nothing at this path.",
    ))
}

async fn method_not_allowed() -> Refusal {
    Refusal(Error::new(
        ErrorCode::MethodNotAllowed,
        "The path does not know this method.",
    ))
}
