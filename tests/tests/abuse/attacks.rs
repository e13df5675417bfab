//! The attacks. Each returns the connections that the server must close.

use std::iter::repeat_n;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::client::{frame, open_socket, open_stream, request};
use crate::{MESSAGES, RECOVERY_TIMEOUT, Scene};

/// Users that leave ranges unread, sockets of each and requests on each.
///
/// The bytes that a user may leave unread are enough for all sockets at once.
const RANGE_USERS: usize = 2;
const RANGE_SOCKETS: usize = 16;
const RANGE_REQUESTS: usize = 40;
/// Connections of each user that leave pages unread, and requests on each.
const PAGE_CONNECTIONS: usize = 150;
const PAGE_REQUESTS: usize = 2;
/// Event streams of each user.
const EVENT_STREAMS: usize = 20;
/// Requests of each user without a body: together more than the server processes at once.
const OPEN_REQUESTS: usize = 1_100;
/// Sockets that flood, and for how long.
const FLOODS: usize = 12;
const FLOOD_DURATION: Duration = Duration::from_secs(3);
/// Frames of one write.
const FLOOD_FRAMES: usize = 500;
/// Bytes of responses that are read at once.
const RESPONSES: usize = 64 * 1_024;

impl Scene {
    /// Two users request the longest ranges on many sockets and read nothing.
    pub(crate) async fn leave_ranges_unread(&self) -> Vec<TcpStream> {
        let get = json!({
            "t": "get", "conversation_id": self.long_conversation, "from": 1, "to": MESSAGES,
        });
        let gets = &frame(&get.to_string()).repeat(RANGE_REQUESTS);
        let users = self.attackers.iter().take(RANGE_USERS);
        let sockets = users.flat_map(|user| (0..RANGE_SOCKETS).map(move |device| (user, device)));
        let opened = sockets.map(|(user, device)| async move {
            let device = format!("range-{device}");
            let mut socket = open_socket(&self.world.server, user, &device).await;
            write(&mut socket, gets).await;
            socket
        });
        join_all(opened).await
    }

    /// Users request many pages and all events, and read nothing.
    pub(crate) async fn leave_pages_unread(&self) -> Vec<TcpStream> {
        let conversation = &self.long_conversation;
        let page = &format!("/v1/conversations/{conversation}/messages?limit=100");
        let events = &format!("/v1/realtime/events?cursors={conversation}:0");
        let requests = self.attackers.iter().flat_map(|user| {
            let pages = repeat_n((page, PAGE_REQUESTS), PAGE_CONNECTIONS);
            let streams = repeat_n((events, 1), EVENT_STREAMS);
            let requests = pages.chain(streams);
            requests.map(move |(path, number)| (user, path, number))
        });
        let opened = requests.map(|(user, path, number)| async move {
            let mut stream = open_stream(&self.world.server).await;
            let more = request("GET", path, user, "").repeat(number - 1);
            let last = request("GET", path, user, "connection: close\r\n");
            write(&mut stream, (more + &last).as_bytes()).await;
            stream
        });
        join_all(opened).await
    }

    /// Users begin more requests than the server processes at once and send no body.
    pub(crate) async fn hold_requests_open(&self) -> Vec<TcpStream> {
        let path = &format!("/v1/conversations/{}/messages", self.long_conversation);
        let users = self.attackers.iter();
        let users = users.flat_map(|user| repeat_n(user, OPEN_REQUESTS));
        let opened = users.map(|user| async move {
            let headers = "content-type: application/json\r\ncontent-length: 100\r\n";
            let mut stream = open_stream(&self.world.server).await;
            let head = request("POST", path, user, headers);
            write(&mut stream, head.as_bytes()).await;
            stream
        });
        join_all(opened).await
    }

    /// One user floods with invalid frames, rejected tokens and pings, and reads the responses.
    ///
    /// Returns the sockets on which all frames are invalid.
    pub(crate) async fn send_rejected_frames(&self) -> Vec<TcpStream> {
        let user = &self.attackers[3];
        let padded = json!({"t": "ping", "ref": "x".repeat(64)}).to_string();
        let rejected = json!({"t": "auth", "token": "a"}).to_string();
        let kinds = [
            ("{".to_owned(), true),
            (rejected, true),
            (padded, false),
            (json!({"t": "ping"}).to_string(), false),
        ];
        let floods = (0..FLOODS).zip(kinds.iter().cycle());
        let flooded = floods.map(|(device, (text, is_invalid))| async move {
            let device = format!("flood-{device}");
            let mut socket = open_socket(&self.world.server, user, &device).await;
            let frames = frame(text).repeat(FLOOD_FRAMES);
            // The server closes the socket, or its rate limit makes it wait.
            let _ = timeout(FLOOD_DURATION, flood(&mut socket, &frames)).await;
            is_invalid.then_some(socket)
        });
        join_all(flooded).await.into_iter().flatten().collect()
    }
}

/// Writes frames and reads the responses until the server closes the socket.
async fn flood(socket: &mut TcpStream, frames: &[u8]) -> std::io::Result<()> {
    let mut responses = vec![0; RESPONSES];
    loop {
        socket.write_all(frames).await?;
        while let Ok(1..) = socket.try_read(&mut responses) {}
    }
}

/// Writes to a server that may close the connection before all is written.
async fn write(stream: &mut TcpStream, bytes: &[u8]) {
    let _ = timeout(RECOVERY_TIMEOUT, stream.write_all(bytes)).await;
}
