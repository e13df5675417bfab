//! W1: durable sends.

use std::time::Duration;

use sender::{Pair, Transport};
use testkit::Engine;

use crate::bare::Bare;
use crate::fixture::Fixture;
use crate::options::Scale;
use crate::raw;
use crate::raw::Layout;
use crate::sample::{Sample, median, middle, ratio};
use crate::server::{Server, Target};
use crate::table::{Figure, Row};

mod sender;

/// Concurrent senders.
const SENDERS: usize = 64;

/// Conversations with two participants.
const CONVERSATIONS: usize = 100;

/// Runs the measurement.
pub async fn measure(target: Target, scale: Scale) -> Vec<Row> {
    let server = Server::start(target).await;
    let fixture = Fixture::new(&server.caas, scale.tenants).await;
    let pairs = sender::pairs(&fixture, CONVERSATIONS).await;
    let mut rows = Vec::new();
    for transport in [Transport::WebSocket, Transport::Http] {
        rows.append(&mut many(&server, &pairs, transport, scale).await);
    }
    rows.push(versus_echo(&server, &pairs, scale).await);
    if target.engine == Engine::MongoDb {
        rows.push(versus_single_inserts(&server, &pairs, scale).await);
    }
    rows.push(one(&server, &pairs, scale).await);
    server.clear().await;
    rows
}

/// Measures all senders, compared with raw commits of the same size.
async fn many(server: &Server, pairs: &[Pair], transport: Transport, scale: Scale) -> Vec<Row> {
    let mut ours = Vec::new();
    let mut indexed = Vec::new();
    let mut plain = Vec::new();
    let mut groups = Vec::new();
    for _ in 0..scale.rounds {
        let (sample, group) = during(
            server,
            sender::send(server, pairs, SENDERS, transport, scale.length),
        )
        .await;
        indexed.push(raw::commits(server, Layout::Ours, group, scale.length).await);
        plain.push(raw::commits(server, Layout::Plain, group, scale.length).await);
        ours.push(sample);
        groups.push(group);
    }
    let versus = ratio(&ours, &indexed);
    let to_plain = ratio(&ours, &plain);
    let ours = middle(&ours);
    let indexed = middle(&indexed);
    let plain = middle(&plain);
    let group = median(groups);
    let row = |what: &str, ours: Figure| {
        Row::new(
            "W1",
            server.target.name(),
            format!("{transport}, {what}"),
            ours,
        )
    };
    let (share, above) = transport.with_target(server.target.engine);
    let raw = format!("vs. raw commits of {group:.0}");
    let mut rows = vec![
        row(
            &format!("sends {raw}, server indexes"),
            Figure::Rate(ours.per_second),
        )
        .versus(Figure::Rate(indexed.per_second), versus)
        .with_target(format!("≥ {share:.2}"), versus >= share)
        .cpu(ours.cpu),
        row(
            &format!("sends {raw}, plain index"),
            Figure::Rate(ours.per_second),
        )
        .versus(Figure::Rate(plain.per_second), to_plain),
    ];
    if let Some(above) = above {
        let more = ours.cpu - indexed.cpu;
        rows.push(
            row("server CPU above raw commits", Figure::Micros(more))
                .versus(Figure::Micros(indexed.cpu), ours.cpu / indexed.cpu)
                .with_target(format!("≤ {above:.0} µs"), more <= above),
        );
    }
    rows
}

/// Measures all senders over HTTP, compared with a bare echo.
async fn versus_echo(server: &Server, pairs: &[Pair], scale: Scale) -> Row {
    let bare = Bare::start().await;
    let mut ours = Vec::new();
    let mut echoes = Vec::new();
    for _ in 0..scale.rounds {
        ours.push(sender::send(server, pairs, SENDERS, Transport::Http, scale.length).await);
        echoes.push(sender::echo(&bare, SENDERS, scale.length).await);
    }
    let what = "HTTP, sends vs. a bare JSON echo";
    Row::new(
        "W1",
        server.target.name(),
        what,
        Figure::Rate(middle(&ours).per_second),
    )
    .versus(
        Figure::Rate(middle(&echoes).per_second),
        ratio(&ours, &echoes),
    )
}

/// Measures all senders, compared with concurrent single inserts.
async fn versus_single_inserts(server: &Server, pairs: &[Pair], scale: Scale) -> Row {
    let mut ours = Vec::new();
    let mut bare = Vec::new();
    for _ in 0..scale.rounds {
        ours.push(sender::send(server, pairs, SENDERS, Transport::WebSocket, scale.length).await);
        bare.push(raw::singles(server, SENDERS, scale.length).await);
    }
    let ratio = ratio(&ours, &bare);
    let what = "WebSocket, sends vs. 64 concurrent single inserts";
    Row::new(
        "W1",
        server.target.name(),
        what,
        Figure::Rate(middle(&ours).per_second),
    )
    .versus(Figure::Rate(middle(&bare).per_second), ratio)
    .with_target("≥ 1.70", ratio >= 1.7)
}

/// Measures one sender, compared with raw commits of one message.
async fn one(server: &Server, pairs: &[Pair], scale: Scale) -> Row {
    let mut ours: Vec<Sample> = Vec::new();
    let mut bare: Vec<Sample> = Vec::new();
    for _ in 0..scale.rounds {
        ours.push(sender::send(server, pairs, 1, Transport::WebSocket, scale.length).await);
        bare.push(raw::commits(server, Layout::Ours, 1.0, scale.length).await);
    }
    let ours = Duration::from_secs_f64(middle(&ours).p50 / 1e6);
    let bare = Duration::from_secs_f64(middle(&bare).p50 / 1e6);
    let margin = Duration::from_micros(if server.target.engine == Engine::Sqlite {
        300
    } else {
        1_000
    });
    let figure = |span: Duration| Figure::Millis(crate::sample::millis(span));
    Row::new(
        "W1",
        server.target.name(),
        "WebSocket, one sender, median vs. one raw commit",
        figure(ours),
    )
    .versus(figure(bare), ours.div_duration_f64(bare))
    .with_target(
        format!("≤ {}", figure(bare + margin)),
        ours <= bare + margin,
    )
}

/// Group commit counters of the server.
#[derive(Debug, Clone, Copy)]
struct Groups {
    /// Group commits.
    groups: f64,
    /// Write batches of the group commits.
    grouped: f64,
}

/// Awaits `work` and returns the mean size of the server's group commits meanwhile.
async fn during<T>(server: &Server, work: impl Future<Output = T>) -> (T, f64) {
    let before = read(server).await;
    let done = work.await;
    let after = read(server).await;
    (
        done,
        (after.grouped - before.grouped) / (after.groups - before.groups).max(1.0),
    )
}

async fn read(server: &Server) -> Groups {
    let counted = async |name| server.caas.metric(name).await as f64;
    Groups {
        groups: counted("caas_store_groups_total").await,
        grouped: counted("caas_store_grouped_total").await,
    }
}
