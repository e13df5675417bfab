use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use outbound::{Error, Lookup, Options};

use crate::peer::{SHORT, Untouched, client, close, configured, get, serve_on};

const EMPTY: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";

/// Public address in a network that is not allocated.
const UNALLOCATED: &str = "2d00::1";

/// Resolver that returns the next of its answers for each lookup.
#[derive(Debug, Default)]
struct Answers {
    answers: Vec<Vec<&'static str>>,
    lookups: AtomicUsize,
}

impl Answers {
    fn new(answers: &[&[&'static str]]) -> Arc<Self> {
        Arc::new(Self {
            answers: answers.iter().map(|answer| answer.to_vec()).collect(),
            lookups: AtomicUsize::new(0),
        })
    }

    fn lookups(&self) -> usize {
        self.lookups.load(Ordering::Relaxed)
    }
}

#[async_trait::async_trait]
impl Lookup for Answers {
    async fn lookup(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        let number = self.lookups.fetch_add(1, Ordering::Relaxed);
        let answer = &self.answers[number.min(self.answers.len() - 1)];
        Ok(answer
            .iter()
            .map(|address| address.parse().unwrap())
            .collect())
    }
}

fn resolving(answers: &Arc<Answers>) -> Options {
    Options {
        connect_timeout: SHORT,
        lookup: Arc::<Answers>::clone(answers),
        ..Options::default()
    }
}

#[tokio::test]
async fn name_that_resolves_to_loopback_is_rejected() {
    let server = Untouched::listen();
    let client = client(Options::default());
    for host in ["localhost", "LOCALHOST"] {
        let url = format!("https://{host}:{}/", server.port());
        let error = client.send(get(url)).await.unwrap_err();
        assert!(
            matches!(error, Error::ForbiddenAddress),
            "{host}: {error:?}"
        );
    }
    server.assert_untouched();
}

#[tokio::test]
async fn address_literal_is_rejected_in_every_notation() {
    let server = Untouched::listen();
    let client = client(Options::default());
    for host in [
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "0x7f.1",
        "0177.0.0.1",
        "2130706433",
        "0x7f000001",
        "%31%32%37.0.0.1",
        "①②⑦.0.0.1",
        "0",
        "0.0.0.0",
        "10.0.0.1",
        "169.254.169.254",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fd00::1]",
    ] {
        let url = format!("https://{host}:{}/", server.port());
        let error = client.send(get(&url)).await.unwrap_err();
        assert!(
            matches!(error, Error::ForbiddenAddress),
            "{host}: {error:?}"
        );
    }
    server.assert_untouched();
}

#[tokio::test]
async fn url_other_than_https_is_rejected() {
    let client = client(configured("files.internal"));
    for url in [
        "http://example.com/",
        "ftp://files.internal/",
        "file:///etc/passwd",
        "data:text/plain,a",
        "https://user@example.com/",
        "https://:password@example.com/",
        "https://user:password@files.internal/",
    ] {
        let error = client.send(get(url)).await.unwrap_err();
        assert!(matches!(error, Error::InvalidUrl), "{url}: {error:?}");
    }
}

#[tokio::test]
async fn configured_host_may_have_a_private_address_and_no_tls() {
    for host in ["127.0.0.1", "localhost"] {
        let address = serve_on("127.0.0.1", EMPTY, close).await;
        let client = client(configured(format!("{host}:{}", address.port())));
        let url = format!("http://{host}:{}/", address.port());
        let response = client.send(get(url)).await.unwrap();
        assert_eq!(response.status.as_u16(), 204);
    }
}

#[tokio::test]
async fn other_port_of_a_configured_host_is_rejected() {
    let server = Untouched::listen();
    let other = Untouched::listen();
    let client = client(configured(format!("localhost:{}", other.port())));
    let port = server.port();
    let plain = client.send(get(format!("http://localhost:{port}/"))).await;
    assert!(matches!(plain, Err(Error::InvalidUrl)), "{plain:?}");
    let tls = client.send(get(format!("https://localhost:{port}/"))).await;
    assert!(matches!(tls, Err(Error::ForbiddenAddress)), "{tls:?}");
    server.assert_untouched();
}

#[tokio::test]
async fn connection_is_made_to_the_address_of_the_one_lookup() {
    let address = serve_on("127.0.0.2", EMPTY, close).await;
    let answers = Answers::new(&[&["127.0.0.2"], &["127.0.0.3"]]);
    let options = Options {
        configured_hosts: vec!["rebinding.example".parse().unwrap()],
        ..resolving(&answers)
    };
    let url = format!("http://rebinding.example:{}/", address.port());
    let response = client(options).send(get(url)).await.unwrap();
    assert_eq!(response.status.as_u16(), 204);
    assert_eq!(answers.lookups(), 1);
}

#[tokio::test]
async fn name_that_is_rebound_to_loopback_is_checked_again() {
    let server = Untouched::listen();
    let answers = Answers::new(&[&[UNALLOCATED], &["127.0.0.1"]]);
    let client = client(resolving(&answers));
    let url = format!("https://rebinding.example:{}/", server.port());
    let first = client.send(get(&url)).await.unwrap_err();
    assert!(
        matches!(first, Error::Connect(_) | Error::Timeout),
        "{first:?}"
    );
    assert_eq!(answers.lookups(), 1, "the checked address is used");
    let second = client.send(get(&url)).await.unwrap_err();
    assert!(matches!(second, Error::ForbiddenAddress), "{second:?}");
    server.assert_untouched();
}

#[tokio::test]
async fn private_address_next_to_a_public_one_is_not_tried() {
    let server = Untouched::listen();
    let answers = Answers::new(&[&["127.0.0.1", "::ffff:127.0.0.1", UNALLOCATED]]);
    let client = client(resolving(&answers));
    let url = format!("https://mixed.example:{}/", server.port());
    let error = client.send(get(url)).await.unwrap_err();
    assert!(
        matches!(error, Error::Connect(_) | Error::Timeout),
        "{error:?}"
    );
    server.assert_untouched();
}

/// Resolver whose name servers do not answer.
#[derive(Debug)]
struct Silent;

#[async_trait::async_trait]
impl Lookup for Silent {
    async fn lookup(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn lookup_without_an_answer_times_out() {
    let options = Options {
        connect_timeout: SHORT,
        lookup: Arc::new(Silent),
        ..Options::default()
    };
    let sent = client(options).send(get("https://silent.example/")).await;
    assert!(matches!(sent, Err(Error::Timeout)), "{sent:?}");
}

#[tokio::test]
async fn unknown_name_cannot_be_resolved() {
    let client = client(Options::default());
    let error = client.send(get("https://caas.invalid/")).await.unwrap_err();
    assert!(matches!(error, Error::Resolve), "{error:?}");
    assert!(error.is_transient());
}
