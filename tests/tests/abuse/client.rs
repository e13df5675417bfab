//! Raw connections, which read only what a test reads from them.

use serde_json::json;
use testkit::{ServerProcess, TestUser};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

/// Bytes that the system takes from the server before the client reads.
const RECEIVE_BUFFER: u32 = 16 * 1_024;

/// Opens a connection.
pub(crate) async fn open_stream(caas: &ServerProcess) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    let set = socket.set_recv_buffer_size(RECEIVE_BUFFER);
    set.expect("a small buffer");
    let address = caas.url().trim_start_matches("http://").parse();
    let connected = socket.connect(address.expect("an address")).await;
    connected.expect("the server accepts")
}

/// Opens a WebSocket and sends the hello. The response to it is left unread.
pub(crate) async fn open_socket(caas: &ServerProcess, user: &TestUser, device: &str) -> TcpStream {
    let mut stream = open_stream(caas).await;
    let upgrade = "GET /v1/realtime HTTP/1.1\r\nhost: a\r\n\
        connection: upgrade\r\nupgrade: websocket\r\n\
        sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let hello = json!({"t": "hello", "token": user.token, "device_id": device});
    let written = stream.write_all(upgrade.as_bytes()).await;
    written.expect("the server reads");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("the server upgrades"));
    }
    let written = stream.write_all(&frame(&hello.to_string())).await;
    written.expect("the server reads");
    stream
}

/// Returns the head of a request of a user.
pub(crate) fn request(method: &str, path: &str, user: &TestUser, headers: &str) -> String {
    let token = &user.token;
    format!("{method} {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n{headers}\r\n")
}

/// Returns a text frame of a client, masked with zeros.
pub(crate) fn frame(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).expect("a short frame");
    let mut frame = vec![0x81];
    if let Ok(short @ ..0x7e) = u8::try_from(length) {
        frame.push(0x80 | short);
    } else {
        frame.push(0x80 | 0x7e);
        frame.extend(length.to_be_bytes());
    }
    frame.extend([0; 4]);
    frame.extend(text.as_bytes());
    frame
}
