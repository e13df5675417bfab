use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn;
use http_api::Api;
use realtime::Hub;

use crate::command::Desk;
use crate::demo::{self, Demo};
use crate::refusal::Refusal;
use crate::{operator, pages};

/// What the public listener answers: the API, sockets and streams, and with
/// the demo its page.
///
/// # Errors
/// A sentence when a route of the API has no line in the policy table.
pub fn public(desk: &Desk, hub: Hub, demo: Option<Arc<Demo>>) -> Result<Router, Refusal> {
    let Desk { store, vault, cards, door } = desk.clone();
    let cursors = vault.cursor_key();
    let api = Api::new(store, door, vault, cards, cursors);
    let demo = demo.map_or_else(Router::new, |demo| demo::routes(demo).merge(pages::routes()));
    let router = http_api::router(api, realtime::router(hub).merge(demo));
    let router = router.map_err(|error| Refusal::new("The API cannot be served").caused_by(error))?;
    Ok(router.layer(from_fn(operator::count)))
}
