//! W2: messages to many online receivers.

mod receivers;
mod sender;

use crate::bare::Bare;
use crate::client::Socket;
use crate::fixture::{BenchUser, Fixture};
use crate::options::Scale;
use crate::prefill::{EVENT, frame};
use crate::raw::{self, Layout};
use crate::sample::{median, middle, ratio};
use crate::server::{Server, Target};
use crate::table::{Figure, Row};
use receivers::Receivers;
use sender::TimedSender;

/// Runs the measurement.
pub async fn measure(target: Target, scale: Scale) -> Vec<Row> {
    let mut rows = Vec::new();
    for receivers in scale.receivers {
        let server = Server::start(target).await;
        rows.append(&mut to(&server, receivers, scale).await);
        server.clear().await;
    }
    rows
}

async fn to(server: &Server, receivers: usize, scale: Scale) -> Vec<Row> {
    let fixture = Fixture::new(&server.caas, 1).await;
    let users = fixture.users("listener", receivers + 1).await;
    let conversation = fixture.channel(&users.iter().collect::<Vec<_>>()).await;
    let (mut sender, mut receivers_group) = ours(server, &users, conversation).await;
    let bare = Bare::start().await;
    let (mut bare_sender, mut bare_receivers) =
        theirs(&bare, receivers, sender.send_and_receive().await).await;
    receivers_group.expect(1).await;
    let mut sent = Vec::new();
    let mut broadcast = Vec::new();
    let mut last = Vec::new();
    let mut bare_last = Vec::new();
    for _ in 0..scale.rounds {
        sent.push(
            sender
                .send_all(&mut receivers_group, server.process(), scale.length)
                .await,
        );
        broadcast.push(
            bare_sender
                .send_all(&mut bare_receivers, bare.process(), scale.length)
                .await,
        );
        let commit = raw::commits(server, Layout::Ours, 1.0, scale.length / 2)
            .await
            .p50;
        last.push((sender.latency(&mut receivers_group, scale.length).await - commit).max(0.0));
        bare_last.push(bare_sender.latency(&mut bare_receivers, scale.length).await);
    }
    let ratio = ratio(&sent, &broadcast);
    let ours = middle(&sent);
    let bare = middle(&broadcast);
    let last = median(last) / 1e3;
    let bare_last = median(bare_last) / 1e3;
    let row = |what: &str, figure| {
        Row::new(
            "W2",
            server.target.name(),
            format!("{receivers} receivers, {what}"),
            figure,
        )
    };
    vec![
        row(
            "deliveries vs. a bare broadcast",
            Figure::Rate(ours.per_second),
        )
        .versus(Figure::Rate(bare.per_second), ratio)
        .with_target("≥ 0.60", ratio >= 0.6)
        .cpu(ours.cpu),
        row(
            "20 messages/s, p99 of the last receiver, minus a raw commit",
            Figure::Millis(last),
        )
        .versus(Figure::Millis(bare_last), last / bare_last)
        .with_target("≤ 2.00", last <= bare_last * 2.0),
    ]
}

/// Connects a sender and receivers to the server.
async fn ours(
    server: &Server,
    users: &[BenchUser],
    conversation: String,
) -> (TimedSender, Receivers) {
    let mut sockets = Vec::with_capacity(users.len());
    for user in users {
        sockets.push(server.socket(&user.token, "listener").await);
    }
    let speaking = sockets.remove(0);
    (
        TimedSender::new(speaking, move || frame(&conversation)),
        Receivers::start(sockets),
    )
}

/// Connects a sender of this frame and receivers to a bare broadcast.
async fn theirs(bare: &Bare, receivers: usize, frame: String) -> (TimedSender, Receivers) {
    assert!(frame.starts_with(EVENT), "{frame}");
    let mut sockets = Vec::with_capacity(receivers);
    for _ in 0..=receivers {
        sockets.push(Socket::open(&bare.address, "/broadcast").await);
    }
    let speaking = sockets.remove(0);
    (
        TimedSender::new(speaking, move || frame.clone()),
        Receivers::start(sockets),
    )
}
