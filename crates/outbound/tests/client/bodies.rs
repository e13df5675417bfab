use std::io::ErrorKind;

use outbound::{Error, Options};
use tokio::io::AsyncWriteExt as _;

use crate::peer::{SHORT, Untouched, client, close, configured, get, serve, stay_silent};

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n";

const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

#[tokio::test]
async fn complete_body_is_returned() {
    let address = serve(
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"id\":17}",
        close,
    )
    .await;
    let client = client(configured(address));
    let response = client
        .send(get(format!("http://{address}/")))
        .await
        .unwrap();
    let body: serde_json::Value = response.success().unwrap().body.json().await.unwrap();
    assert_eq!(body["id"], 17);
}

#[tokio::test]
async fn redirect_is_not_followed() {
    let target = Untouched::listen();
    let location = format!("http://127.0.0.1:{}/", target.port());
    let answer = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
    let address = serve(answer.leak().as_bytes(), close).await;
    let client = client(configured(address));
    let response = client
        .send(get(format!("http://{address}/")))
        .await
        .unwrap();
    let error = response.success().unwrap_err();
    assert!(matches!(error, Error::Status(status) if status.as_u16() == 302));
    target.assert_untouched();
}

#[tokio::test]
async fn response_that_does_not_begin_times_out() {
    let address = serve(b"", stay_silent).await;
    let options = Options {
        read_timeout: SHORT,
        ..configured(address)
    };
    let sent = client(options)
        .send(get(format!("http://{address}/")))
        .await;
    assert!(matches!(sent, Err(Error::Timeout)), "{sent:?}");
}

#[tokio::test]
async fn body_that_stops_times_out() {
    let address = serve(HEAD, stay_silent).await;
    let options = Options {
        read_timeout: SHORT,
        ..configured(address)
    };
    let sent = client(options)
        .send(get(format!("http://{address}/")))
        .await;
    let error = sent.unwrap().body.bytes().await.unwrap_err();
    assert!(matches!(error, Error::Timeout), "{error:?}");
}

#[tokio::test]
async fn body_that_trickles_ends_at_the_total_timeout() {
    let address = serve(CHUNKED, async |mut connection| {
        while connection.write_all(b"1\r\na\r\n").await.is_ok() {
            tokio::time::sleep(SHORT / 10).await;
        }
    })
    .await;
    let options = Options {
        total_timeout: Some(SHORT * 2),
        ..configured(address)
    };
    let sent = client(options)
        .send(get(format!("http://{address}/")))
        .await;
    let error = sent.unwrap().body.bytes().await.unwrap_err();
    assert!(matches!(error, Error::Timeout), "{error:?}");
}

#[tokio::test]
async fn endless_body_ends_at_the_limit() {
    let address = serve(CHUNKED, async |mut connection| {
        let chunk = [b"400\r\n", &[b'a'; 1024][..], b"\r\n"].concat();
        while connection.write_all(&chunk).await.is_ok() {}
    })
    .await;
    let options = Options {
        max_body_bytes: 10_000,
        ..configured(address)
    };
    let sent = client(options)
        .send(get(format!("http://{address}/")))
        .await;
    let error = sent.unwrap().body.bytes().await.unwrap_err();
    assert!(matches!(error, Error::BodyTooLarge(10_000)), "{error:?}");
}

#[tokio::test]
async fn announced_body_above_the_limit_is_not_read() {
    let address = serve(
        b"HTTP/1.1 200 OK\r\nContent-Length: 10001\r\n\r\n",
        stay_silent,
    )
    .await;
    let options = Options {
        max_body_bytes: 10_000,
        ..configured(address)
    };
    let sent = client(options)
        .send(get(format!("http://{address}/")))
        .await;
    assert!(matches!(sent, Err(Error::BodyTooLarge(10_000))), "{sent:?}");
}

#[tokio::test]
async fn cut_body_is_an_error() {
    for answer in [HEAD, CHUNKED] {
        let address = serve(answer, close).await;
        let client = client(configured(address));
        let sent = client.send(get(format!("http://{address}/"))).await;
        let error = sent.unwrap().body.bytes().await.unwrap_err();
        assert!(matches!(error, Error::Interrupted), "{error:?}");
    }
}

#[tokio::test]
async fn connection_that_ends_before_the_response_is_interrupted() {
    let address = serve(b"", close).await;
    let client = client(configured(address));
    let sent = client.send(get(format!("http://{address}/"))).await;
    assert!(matches!(sent, Err(Error::Interrupted)), "{sent:?}");
}

#[tokio::test]
async fn answer_that_is_not_http_is_invalid() {
    let address = serve(b"SSH-2.0-OpenSSH_9.2\r\n", close).await;
    let client = client(configured(address));
    let sent = client.send(get(format!("http://{address}/"))).await;
    assert!(matches!(sent, Err(Error::InvalidResponse)), "{sent:?}");
}

#[tokio::test]
async fn closed_port_refuses_the_connection_and_the_error_has_no_url() {
    let address = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let client = client(configured(address));
    let sent = client
        .send(get(format!("http://{address}/canary?token=canary")))
        .await;
    let error = sent.unwrap_err();
    let refused = matches!(error, Error::Connect(ErrorKind::ConnectionRefused));
    assert!(refused, "{error:?}");
    assert!(!format!("{error:?} {error}").contains("canary"));
}
