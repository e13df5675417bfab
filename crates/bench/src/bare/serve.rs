use axum::Router;
use axum::routing::{any, post};
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;

use super::{Data, accept, broadcast, echo};

/// Serves until it is killed; its first line is its address.
pub async fn serve(data: Data) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    crate::show(&listener.local_addr().expect("an address").to_string());
    let app = Router::new()
        .route("/echo", post(echo::echo))
        .route("/broadcast", any(broadcast::join))
        .with_state(broadcast::Everyone::default())
        .merge(
            Router::new()
                .route("/accept", any(accept::accept))
                .with_state(data),
        );
    let undelayed = listener.tap_io(|stream| stream.set_nodelay(true).expect("a socket"));
    axum::serve(undelayed, app)
        .await
        .expect("a listener goes on");
}
