use testkit::{DataDir, Engine, ServerProcess, Tenant, Tier};

use super::{carol, erase, finished};

/// Carol is connected to another node than the one that receives the request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_is_out_at_once_on_every_node() {
    if !Engine::MongoDb.covered() {
        return;
    }
    let data_dir = DataDir::new(Engine::MongoDb).await;
    let one = ServerProcess::start(&data_dir).await;
    let other = ServerProcess::start(&data_dir.for_second_node()).await;
    let tenant = Tenant::create(&one, "ours", Tier::Free).await;
    let carol = carol(&tenant).await.at(&other.url());
    let connected = carol.socket().await;
    let erasure = erase(&tenant, &carol).await;
    let closed = connected.closed().await;
    assert_eq!(
        (closed.code, closed.reason.as_str()),
        (Some(4003), "user_deactivated")
    );
    finished(&tenant, &erasure).await;
    assert!(carol.api.get("/v1/conversations").await.status >= 401);
    data_dir.clear().await;
}
