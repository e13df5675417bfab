//! W3: idle connections.

use std::time::Instant;

use crate::bare::Bare;
use crate::client::Socket;
use crate::fixture::{BenchUser, Fixture};
use crate::options::Scale;
use crate::process;
use crate::sample::median;
use crate::server::{Server, Target};
use crate::table::{Figure, Row};

/// Target of resident bytes per connection.
const TARGET_BYTES: f64 = 8.0 * 1024.0;

/// Target of CPU seconds per second of all connections.
const TARGET_LOAD: f64 = 0.01;

/// Runs the measurement.
pub async fn measure(target: Target, scale: Scale) -> Vec<Row> {
    let mut server = Server::start(target).await;
    let fixture = Fixture::new(&server.caas, scale.tenants).await;
    let pairs = fixture.groups("idler", scale.sockets / 2, 2).await;
    fixture
        .conversations(pairs.iter().map(|pair| pair.iter().collect()).collect())
        .await;
    let users = pairs.concat();
    let mut each = Vec::new();
    let mut bare = Vec::new();
    let mut load = Vec::new();
    for _ in 0..scale.rounds {
        server.caas.stop().await;
        server.caas.run().await;
        let (held, busy) = ours(&server, &users, scale).await;
        each.push(held);
        load.push(busy);
        bare.push(theirs(users.len()).await);
    }
    server.clear().await;
    let each = median(each);
    let bare = median(bare);
    let load = median(load);
    let row = |what: &str, figure| {
        Row::new(
            "W3",
            target.name(),
            format!("{} connections, {what}", users.len()),
            figure,
        )
    };
    vec![
        row(
            "resident memory per connection, vs. bare",
            Figure::Bytes(each),
        )
        .versus(Figure::Bytes(bare), each / bare)
        .with_target("≤ 8 KiB", each <= TARGET_BYTES),
        row("CPU between heartbeats", Figure::Load(load)).with_target("≤ 1 %", load <= TARGET_LOAD),
    ]
}

/// Returns the memory per connection, and the CPU seconds per second of all.
async fn ours(server: &Server, users: &[BenchUser], scale: Scale) -> (f64, f64) {
    let first = server.socket(&users[0].token, "first").await;
    let before = process::resident(server.process());
    let mut sockets = Vec::with_capacity(users.len());
    for user in users {
        sockets.push(server.socket(&user.token, "idler").await);
    }
    // Work for new connections must have finished.
    tokio::time::sleep(scale.length).await;
    let held = process::resident(server.process()) - before;
    let started = Instant::now();
    let spent = process::cpu(server.process());
    tokio::time::sleep(scale.length).await;
    let spent = process::cpu(server.process()).saturating_sub(spent);
    drop(first);
    (
        held / sockets.len() as f64,
        spent.div_duration_f64(started.elapsed()),
    )
}

async fn theirs(count: usize) -> f64 {
    let bare = Bare::start().await;
    let first = Socket::open(&bare.address, "/broadcast").await;
    let before = process::resident(bare.process());
    let mut sockets = Vec::with_capacity(count);
    for _ in 0..count {
        sockets.push(Socket::open(&bare.address, "/broadcast").await);
    }
    let held = process::resident(bare.process()) - before;
    drop(first);
    held / sockets.len() as f64
}
