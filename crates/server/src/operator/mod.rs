//! The operator's listener: metrics, and whether the server is ready.

mod access;
mod declared;
mod metrics;
mod process;
mod ready;
mod requests;
mod token;

pub use access::Access;
pub use declared::page as metrics_page;
pub use metrics::Metrics;
pub use requests::count;
pub use token::token;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use store::Store;

/// What the operator's listener answers.
pub fn routes(store: Store, metrics: Metrics, access: Access) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(async move || ready::ready(&store).await))
        .route("/metrics", get(async move || metrics.page()))
        .layer(from_fn_with_state(access, access::check))
}
