//! W1: durable sends.

mod groups;
mod sender;

use std::time::Duration;

use testkit::Engine;

use crate::bare::Bare;
use crate::options::Scale;
use crate::raw::{self, Layout};
use crate::sample::{Sample, median, middle, ratio};
use crate::server::{Server, Target};
use crate::table::{Figure, Row};
use crate::town::Town;
use sender::{Pair, Transport};

/// Senders at once.
const SENDERS: usize = 64;

/// Conversations that they write to, of two participants each.
const CONVERSATIONS: usize = 100;

/// Measures it.
pub async fn measure(target: Target, scale: Scale) -> Vec<Row> {
    let server = Server::start(target).await;
    let town = Town::new(&server.caas, scale.tenants).await;
    let pairs = sender::pairs(&town, CONVERSATIONS).await;
    let mut rows = Vec::new();
    for transport in [Transport::WebSocket, Transport::Http] {
        rows.append(&mut many(&server, &pairs, transport, scale).await);
    }
    rows.push(echoed(&server, &pairs, scale).await);
    if target.engine == Engine::MongoDb {
        rows.push(one_a_call(&server, &pairs, scale).await);
    }
    rows.push(one(&server, &pairs, scale).await);
    server.clear().await;
    rows
}

/// All senders, beside raw commits of as many messages each.
async fn many(server: &Server, pairs: &[Pair], transport: Transport, scale: Scale) -> Vec<Row> {
    let mut ours = Vec::new();
    let mut indexed = Vec::new();
    let mut plain = Vec::new();
    let mut groups = Vec::new();
    for _ in 0..scale.rounds {
        let (sample, group) = groups::during(
            server,
            sender::send(server, pairs, SENDERS, transport, scale.length),
        )
        .await;
        indexed.push(raw::commits(server, Layout::Ours, group, scale.length).await);
        plain.push(raw::commits(server, Layout::Plain, group, scale.length).await);
        ours.push(sample);
        groups.push(group);
    }
    let beside = ratio(&ours, &indexed);
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
    let (share, above) = transport.wanted(server.target.engine);
    let raw = format!("beside raw commits of {group:.0}");
    let mut rows = vec![
        row(
            &format!("sends {raw}, our indexes"),
            Figure::Rate(ours.per_second),
        )
        .beside(Figure::Rate(indexed.per_second), beside)
        .wanted(format!("≥ {share:.2}"), beside >= share)
        .cpu(ours.cpu),
        row(
            &format!("sends {raw}, plain columns"),
            Figure::Rate(ours.per_second),
        )
        .beside(Figure::Rate(plain.per_second), to_plain),
    ];
    if let Some(above) = above {
        let more = ours.cpu - indexed.cpu;
        rows.push(
            row("server CPU above the raw row's", Figure::Micros(more))
                .beside(Figure::Micros(indexed.cpu), ours.cpu / indexed.cpu)
                .wanted(format!("≤ {above:.0} µs"), more <= above),
        );
    }
    rows
}

/// All senders over HTTP, beside a bare echo of as many bytes.
async fn echoed(server: &Server, pairs: &[Pair], scale: Scale) -> Row {
    let bare = Bare::start().await;
    let mut ours = Vec::new();
    let mut echoes = Vec::new();
    for _ in 0..scale.rounds {
        ours.push(sender::send(server, pairs, SENDERS, Transport::Http, scale.length).await);
        echoes.push(sender::echo(&bare, SENDERS, scale.length).await);
    }
    let what = "HTTP, sends beside a bare JSON echo";
    Row::new(
        "W1",
        server.target.name(),
        what,
        Figure::Rate(middle(&ours).per_second),
    )
    .beside(
        Figure::Rate(middle(&echoes).per_second),
        ratio(&ours, &echoes),
    )
}

/// All senders, beside as many documents under way, one a call.
async fn one_a_call(server: &Server, pairs: &[Pair], scale: Scale) -> Row {
    let mut ours = Vec::new();
    let mut bare = Vec::new();
    for _ in 0..scale.rounds {
        ours.push(sender::send(server, pairs, SENDERS, Transport::WebSocket, scale.length).await);
        bare.push(raw::singles(server, SENDERS, scale.length).await);
    }
    let ratio = ratio(&ours, &bare);
    let what = "WebSocket, sends beside one document a call, 64 under way";
    Row::new(
        "W1",
        server.target.name(),
        what,
        Figure::Rate(middle(&ours).per_second),
    )
    .beside(Figure::Rate(middle(&bare).per_second), ratio)
    .wanted("≥ 1.70", ratio >= 1.7)
}

/// One sender, beside one raw commit of one message.
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
        "WebSocket, one sender, half within, beside one raw commit",
        figure(ours),
    )
    .beside(figure(bare), ours.div_duration_f64(bare))
    .wanted(
        format!("≤ {}", figure(bare + margin)),
        ours <= bare + margin,
    )
}
