//! Accepts a WebSocket with the reads of a resume: the user, the user's
//! conversations, their heads and the head of the user's log. The writes of a
//! resume, presence and device, are left out.

mod mongodb;
mod sqlite;

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;

use super::{Data, READ};

/// Waits for a frame `<tenant> <user>`, reads, and sends `ready`.
pub(super) async fn accept(State(data): State<Data>, upgrade: WebSocketUpgrade) -> Response {
    upgrade
        .read_buffer_size(READ)
        .write_buffer_size(0)
        .on_upgrade(async move |socket| {
            // A client may disconnect at any time.
            let _ = greet(socket, data).await;
        })
}

async fn greet(mut socket: WebSocket, data: Data) -> Result<(), axum::Error> {
    let Some(Message::Text(hello)) = socket.recv().await.transpose()? else {
        return Ok(());
    };
    let (tenant, user) = hello.split_once(' ').expect("a tenant and a user");
    let heads = match &data {
        Data::None => Vec::new(),
        Data::Sqlite(path) => sqlite::read(path, tenant, user),
        Data::MongoDb(database) => mongodb::read(database, tenant, user).await,
    };
    let heads: Vec<String> = heads
        .into_iter()
        .map(|(log, head)| format!(r#""{log}":{head}"#))
        .collect();
    socket
        .send(Message::text(format!(
            r#"{{"t":"ready","heads":{{{}}}}}"#,
            heads.join(",")
        )))
        .await?;
    while socket.recv().await.transpose()?.is_some() {}
    Ok(())
}
