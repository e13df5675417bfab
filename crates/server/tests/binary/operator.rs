use serde_json::Value;

use crate::harness::{Server, get};

#[tokio::test]
async fn metrics_count_what_the_store_and_the_listener_do() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]).await;
    get(server.url("/healthz")).await;
    let page = get(server.admin_url("/metrics")).await.text().await.unwrap();
    let value = |series: &str| {
        let line = page.lines().find(|line| line.starts_with(series)).unwrap_or_else(|| panic!("{series}: {page}"));
        line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()
    };
    assert!(value("caas_store_records_total") >= 4.0);
    assert!(value("caas_http_requests_total{method=\"GET\",route=\"/healthz\",status=\"200\"}") >= 1.0);
    assert!(value("caas_connections") >= 1.0);
    let documented = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/metrics.md")).unwrap();
    for shown in page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()) {
        assert!(documented.contains(&format!("`{shown}`")), "{shown} is not in the table of metrics");
    }
}

#[tokio::test]
async fn readiness_tells_whether_the_store_answers() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["--no-demo"]).await;
    let ready: Value = get(server.admin_url("/readyz")).await.json().await.unwrap();
    assert_eq!(ready["ready"], true);
}

#[tokio::test]
async fn the_public_listener_shows_no_metrics() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["--no-demo"]).await;
    assert_eq!(get(server.url("/metrics")).await.status(), reqwest::StatusCode::NOT_FOUND);
}
