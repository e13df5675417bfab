use std::sync::Arc;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::STRICT_TRANSPORT_SECURITY;
use axum::middleware::{from_fn, map_response};
use axum::response::Response;
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
pub fn public(
    desk: &Desk,
    hub: Hub,
    demo: Option<Arc<Demo>>,
    tls: bool,
) -> Result<Router, Refusal> {
    let Desk {
        store,
        vault,
        cards,
        door,
        intake,
    } = desk.clone();
    let cursors = vault.cursor_key();
    let api = Api::new(store, door, vault, cards, cursors, intake);
    let demo = demo.map_or_else(Router::new, |demo| {
        demo::routes(demo).merge(pages::routes())
    });
    let router = http_api::router(api, realtime::router(hub).merge(demo));
    let router =
        router.map_err(|error| Refusal::new("The API cannot be served").caused_by(error))?;
    let router = router.layer(from_fn(operator::count));
    Ok(if tls {
        router.layer(map_response(stay_with_tls))
    } else {
        router
    })
}

/// Tells browsers to come by TLS only, for a year.
async fn stay_with_tls(mut response: Response) -> Response {
    let year = HeaderValue::from_static("max-age=31536000");
    response
        .headers_mut()
        .insert(STRICT_TRANSPORT_SECURITY, year);
    response
}
