use std::process::Command;

use crate::peer::{Untouched, client, close, configured, get, serve};

/// Variable by which the test starts itself with a proxy in the environment.
const CHILD: &str = "OUTBOUND_TEST_CHILD";

#[tokio::test(flavor = "multi_thread")]
async fn proxy_of_the_environment_is_ignored() {
    if std::env::var_os(CHILD).is_some() {
        let address = serve(b"HTTP/1.1 204 No Content\r\n\r\n", close).await;
        let client = client(configured(address));
        let response = client
            .send(get(format!("http://{address}/")))
            .await
            .unwrap();
        assert_eq!(response.status.as_u16(), 204);
        return;
    }
    let proxy = Untouched::listen();
    let url = format!("http://127.0.0.1:{}", proxy.port());
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "proxy::proxy_of_the_environment_is_ignored"]);
    for name in [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "all_proxy",
    ] {
        command.env(name, &url);
    }
    let status = command
        .env(CHILD, "1")
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .status();
    assert!(status.unwrap().success());
    proxy.assert_untouched();
}
