//! W5: start time, idle memory and binary size.

use std::time::{Duration, Instant};

use testkit::{DataDir, ServerProcess};

use crate::client::Http;
use crate::options::Scale;
use crate::process;
use crate::sample::{median, millis};
use crate::server::{Server, Target};
use crate::table::{Figure, Row};

/// Target of the time to the first response in milliseconds.
const TARGET_START_MS: f64 = 50.0;

/// Target of the resident memory in bytes.
const TARGET_IDLE_BYTES: f64 = 25.0 * 1024.0 * 1024.0;

/// Time after which a started server is idle.
const SETTLED: Duration = Duration::from_secs(1);

/// Runs the measurement.
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
        row("start to first response", Figure::Millis(start))
            .with_target("≤ 50 ms", start <= TARGET_START_MS),
        row("resident memory, idle", Figure::Bytes(resident))
            .with_target("≤ 25 MiB", resident <= TARGET_IDLE_BYTES),
        row("binary", Figure::Bytes(binary as f64)),
    ]
}

/// Starts a server on existing data, and stops it.
async fn once(data_dir: &DataDir) -> (Duration, f64) {
    let started = Instant::now();
    let mut caas = ServerProcess::start(data_dir).await;
    let mut http = Http::open(caas.url().trim_start_matches("http://")).await;
    http.expect("GET", "/v1/limits", "", "").await;
    let passed = started.elapsed();
    tokio::time::sleep(SETTLED).await;
    let held = process::resident(caas.process().expect("the server runs"));
    caas.stop().await;
    (passed, held)
}
