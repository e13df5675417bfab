//! Clients that send the next request as soon as they have the response.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::sample::{Sample, Watch, micros};

/// Client that performs one operation at a time.
pub trait LoadClient: Send + 'static {
    /// Performs one operation and waits for its result.
    fn act(&mut self) -> impl Future<Output = ()> + Send;
}

/// Runs clients for a duration. Returns the measurement of a process, and the clients.
pub async fn drive<C: LoadClient>(
    process: u32,
    clients: Vec<C>,
    length: Duration,
) -> (Sample, Vec<C>) {
    let watch = Watch::start(process);
    let until = Instant::now() + length;
    let tasks = clients
        .into_iter()
        .map(|client| tokio::spawn(run_client(client, until)));
    let mut durations = Vec::new();
    let mut clients = Vec::new();
    for done in join_all(tasks).await {
        let (client, mut own) = done.expect("a client does not panic");
        clients.push(client);
        durations.append(&mut own);
    }
    (watch.stop(durations.len(), durations), clients)
}

async fn run_client<C: LoadClient>(mut client: C, until: Instant) -> (C, Vec<f64>) {
    let mut durations = Vec::new();
    while Instant::now() < until {
        let started = Instant::now();
        client.act().await;
        durations.push(micros(started.elapsed()));
    }
    (client, durations)
}
