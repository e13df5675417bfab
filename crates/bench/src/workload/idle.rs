//! W3: connections on which nothing happens.

use std::time::Instant;

use crate::bare::Bare;
use crate::client::Socket;
use crate::options::Scale;
use crate::process;
use crate::sample::median;
use crate::server::{Server, Target};
use crate::table::{Figure, Row};
use crate::town::{Resident, Town};

/// Resident bytes that each is wanted to take at most.
const EACH: f64 = 8.0 * 1024.0;

/// The part of a processor that all together are wanted to take at most.
const LOAD: f64 = 0.01;

/// Measures it.
pub async fn measure(target: Target, scale: Scale) -> Vec<Row> {
    let mut server = Server::start(target).await;
    let town = Town::new(&server.caas, scale.tenants).await;
    let pairs = town.groups("idler", scale.sockets / 2, 2).await;
    town.conversations(pairs.iter().map(|pair| pair.iter().collect()).collect())
        .await;
    let people = pairs.concat();
    let mut each = Vec::new();
    let mut bare = Vec::new();
    let mut load = Vec::new();
    for _ in 0..scale.rounds {
        server.caas.stop().await;
        server.caas.run().await;
        let (held, busy) = ours(&server, &people, scale).await;
        each.push(held);
        load.push(busy);
        bare.push(theirs(people.len()).await);
    }
    server.clear().await;
    let each = median(each);
    let bare = median(bare);
    let load = median(load);
    let row = |what: &str, figure| {
        Row::new(
            "W3",
            target.name(),
            format!("{} connections, {what}", people.len()),
            figure,
        )
    };
    vec![
        row("resident each, beside bare ones", Figure::Bytes(each))
            .beside(Figure::Bytes(bare), each / bare)
            .wanted("≤ 8 KiB", each <= EACH),
        row("processor between heartbeats", Figure::Load(load)).wanted("≤ 1 %", load <= LOAD),
    ]
}

/// The memory that each takes, and the processor time of all in a second.
async fn ours(server: &Server, people: &[Resident], scale: Scale) -> (f64, f64) {
    let first = server.socket(&people[0].token, "first").await;
    let before = process::resident(server.process());
    let mut sockets = Vec::with_capacity(people.len());
    for person in people {
        sockets.push(server.socket(&person.token, "idler").await);
    }
    // What the server does for new connections is over by then.
    tokio::time::sleep(scale.length).await;
    let held = process::resident(server.process()) - before;
    let begun = Instant::now();
    let spent = process::cpu(server.process());
    tokio::time::sleep(scale.length).await;
    let spent = process::cpu(server.process()).saturating_sub(spent);
    drop(first);
    (
        held / sockets.len() as f64,
        spent.div_duration_f64(begun.elapsed()),
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
