use serde_json::Value;

use crate::harness::{Server, caas, client, get};

#[tokio::test]
async fn metrics_count_what_the_store_and_the_listener_do() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]).await;
    get(server.url("/healthz")).await;
    let page = get(server.admin_url("/metrics"))
        .await
        .text()
        .await
        .unwrap();
    let value = |series: &str| {
        let line = page
            .lines()
            .find(|line| line.starts_with(series))
            .unwrap_or_else(|| panic!("{series}: {page}"));
        line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()
    };
    assert!(value("caas_store_records_total") >= 4.0);
    assert!(
        value("caas_http_requests_total{method=\"GET\",route=\"/healthz\",status=\"200\"}") >= 1.0
    );
    assert!(value("caas_connections") >= 1.0);
    let documented = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/reference/metrics.md"
    ))
    .unwrap();
    for shown in page
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
    {
        assert!(
            documented.contains(&format!("`{shown}`")),
            "{shown} is not in the table of metrics"
        );
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
    assert_eq!(
        get(server.url("/metrics")).await.status(),
        reqwest::StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn the_operators_listener_serves_only_its_own_names_and_the_bearer_of_its_token() {
    const TOKEN: &str = "0123456789abcdef0123456789abcdef";
    let folder = tempfile::tempdir().unwrap();
    let environment = [
        ("CAAS_ADMIN_HOSTS", "metrics.internal, other.internal"),
        ("CAAS_ADMIN_TOKEN", TOKEN),
    ];
    let server = Server::start_as(
        folder.path(),
        &["--no-demo", "--listen", "127.0.0.1:0"],
        &environment,
    )
    .await;
    let status = async |path: &str, host: Option<&str>, token: Option<&str>| {
        let request = client().get(server.admin_url(path));
        let request = host
            .into_iter()
            .fold(request, |request, host| request.header("host", host));
        let request = token
            .into_iter()
            .fold(request, reqwest::RequestBuilder::bearer_auth);
        request.send().await.unwrap().status().as_u16()
    };
    for path in ["/metrics", "/readyz"] {
        assert_eq!(status(path, None, Some(TOKEN)).await, 200);
        assert_eq!(
            status(path, Some("metrics.internal"), Some(TOKEN)).await,
            200
        );
        assert_eq!(
            status(path, Some("rebound.example"), Some(TOKEN)).await,
            421,
            "a name that others may point here"
        );
        assert_eq!(status(path, None, None).await, 401);
        assert_eq!(
            status(path, None, Some("0123456789abcdef0123456789abcdeF")).await,
            401
        );
    }
    assert_eq!(status("/healthz", None, None).await, 200);
}

#[tokio::test]
async fn an_operators_address_for_others_needs_tls_and_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let start = [
        "--admin-listen",
        "0.0.0.0:0",
        "--listen",
        "127.0.0.1:0",
        "--data-dir",
        data_dir.to_str().unwrap(),
    ];
    for action in [&[][..], &["check"]] {
        let refused = caas(&[action, &start].concat()).await;
        assert!(
            !refused.success && refused.stderr.contains("admin.token_file"),
            "{}",
            refused.stderr
        );
    }
    assert!(!data_dir.exists());
}
