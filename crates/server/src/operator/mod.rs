//! The operator's listener: metrics, and whether the server is ready.

mod declared;
mod metrics;
mod process;
mod ready;
mod requests;

pub use declared::page as metrics_page;
pub use metrics::Metrics;
pub use requests::count;

use axum::Router;
use axum::routing::get;
use store::Store;

/// What the operator's listener answers.
pub fn routes(store: Store, metrics: Metrics) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(async move || ready::ready(&store).await))
        .route("/metrics", get(async move || metrics.page()))
}
