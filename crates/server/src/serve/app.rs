use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use realtime::Hub;

use crate::demo::{self, Demo};
use crate::{operator, pages};

/// What the public listener answers.
pub fn public(hub: Hub, demo: Option<Arc<Demo>>) -> Router {
    let api = Router::new().route("/healthz", get(async || "ok"));
    let demo = demo.map_or_else(Router::new, |demo| demo::routes(demo).merge(pages::routes()));
    api.merge(realtime::router(hub)).merge(demo).layer(axum::middleware::from_fn(operator::count))
}
