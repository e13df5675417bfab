//! Servers on loopback addresses.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use outbound::{Client, Method, Options, Request, Url};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Timeout of a client that must not wait long.
pub const SHORT: Duration = Duration::from_millis(300);

/// Listens on a free port, and fails the test if a connection has been made.
pub struct Untouched(std::net::TcpListener);

impl Untouched {
    pub fn listen() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    pub fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }

    pub fn assert_untouched(&self) {
        let accepted = self.0.accept();
        assert_eq!(accepted.unwrap_err().kind(), ErrorKind::WouldBlock);
    }
}

/// Serves one connection: reads the request's head, writes the answer, and calls `then` with the
/// connection, which ends when it is dropped. Returns the address.
pub async fn serve<F, R>(answer: &'static [u8], then: F) -> SocketAddr
where
    F: FnOnce(TcpStream) -> R + Send + 'static,
    R: Future<Output = ()> + Send,
{
    serve_on("127.0.0.1", answer, then).await
}

/// As [`serve`], on another address.
pub async fn serve_on<F, R>(host: &str, answer: &'static [u8], then: F) -> SocketAddr
where
    F: FnOnce(TcpStream) -> R + Send + 'static,
    R: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind((host, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(connection.read_u8().await.unwrap());
        }
        connection.write_all(answer).await.unwrap();
        then(connection).await;
    });
    address
}

/// Closes the connection.
pub async fn close(_: TcpStream) {}

/// Keeps the connection open without writing.
pub async fn stay_silent(mut connection: TcpStream) {
    let _ = connection.read_u8().await;
}

/// Returns options with this configured host.
pub fn configured(host: impl ToString) -> Options {
    Options {
        configured_hosts: vec![host.to_string().parse().unwrap()],
        ..Options::default()
    }
}

/// Returns a client with these options.
pub fn client(options: Options) -> Client {
    Client::new(options).unwrap()
}

/// Returns a GET request.
pub fn get(url: impl AsRef<str>) -> Request {
    Request::new(Method::GET, Url::parse(url.as_ref()).unwrap())
}
