use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::command::Desk;
use crate::demo::{self, Demo};
use crate::{operator, pages};

/// What the public listener answers.
pub fn public(_desk: &Desk, demo: Option<Arc<Demo>>) -> Router {
    let api = Router::new().route("/healthz", get(async || "ok"));
    let demo = demo.map_or_else(Router::new, |demo| demo::routes(demo).merge(pages::routes()));
    api.merge(demo).layer(axum::middleware::from_fn(operator::count))
}
