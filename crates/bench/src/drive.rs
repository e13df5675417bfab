//! Clients that ask as fast as they are answered.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::sample::{Sample, Watch, micros};

/// Somebody who does one thing after the other.
pub trait Client: Send + 'static {
    /// Does one thing and waits until it is done.
    fn act(&mut self) -> impl Future<Output = ()> + Send;
}

/// Lets clients act for a while. Answers what that cost a process, and the clients.
pub async fn drive<C: Client>(process: u32, clients: Vec<C>, length: Duration) -> (Sample, Vec<C>) {
    let watch = Watch::start(process);
    let until = Instant::now() + length;
    let tasks = clients
        .into_iter()
        .map(|client| tokio::spawn(go_on(client, until)));
    let mut took = Vec::new();
    let mut clients = Vec::new();
    for done in join_all(tasks).await {
        let (client, mut own) = done.expect("a client goes on to the end");
        clients.push(client);
        took.append(&mut own);
    }
    (watch.stop(took.len(), took), clients)
}

async fn go_on<C: Client>(mut client: C, until: Instant) -> (C, Vec<f64>) {
    let mut took = Vec::new();
    while Instant::now() < until {
        let begun = Instant::now();
        client.act().await;
        took.push(micros(begun.elapsed()));
    }
    (client, took)
}
