//! W5: how long a start takes, and what an idle server holds.

use std::time::{Duration, Instant};

use testkit::{DataDir, ServerProcess};

use crate::client::Http;
use crate::options::Scale;
use crate::process;
use crate::sample::{median, millis};
use crate::server::{Server, Target};
use crate::table::{Figure, Row};

/// A start to its first answer, wanted in milliseconds.
const START: f64 = 50.0;

/// Resident memory, wanted in bytes.
const IDLE: f64 = 25.0 * 1024.0 * 1024.0;

/// What a server does after its start is over by then.
const SETTLED: Duration = Duration::from_secs(1);

/// Measures it.
pub async fn measure(target: Target, scale: Scale) -> Vec<Row> {
    let mut server = Server::start(target).await;
    let data_dir = server.caas.data_dir().clone();
    server.caas.stop().await;
    let mut starts = Vec::new();
    let mut resident = Vec::new();
    for _ in 0..scale.rounds {
        let (start, held) = once(&data_dir).await;
        starts.push(millis(start));
        resident.push(held);
    }
    let start = median(starts);
    let resident = median(resident);
    let binary = std::fs::metadata(testkit::server::binary()).map_or(0, |file| file.len());
    server.clear().await;
    let row = |what: &str, figure| Row::new("W5", target.name(), what, figure);
    vec![
        row("start to first answer", Figure::Millis(start)).wanted("≤ 50 ms", start <= START),
        row("resident, idle", Figure::Bytes(resident)).wanted("≤ 25 MiB", resident <= IDLE),
        row("binary", Figure::Bytes(binary as f64)),
    ]
}

/// Starts a server on what is there, and stops it.
async fn once(data_dir: &DataDir) -> (Duration, f64) {
    let begun = Instant::now();
    let mut caas = ServerProcess::start(data_dir).await;
    let mut http = Http::open(caas.url().trim_start_matches("http://")).await;
    http.expect("GET", "/v1/limits", "", "").await;
    let passed = begun.elapsed();
    tokio::time::sleep(SETTLED).await;
    let held = process::resident(caas.process().expect("the server runs"));
    caas.stop().await;
    (passed, held)
}
