//! W2: messages to many who are online.

mod audience;
mod speaker;

use crate::bare::Bare;
use crate::client::Socket;
use crate::options::Scale;
use crate::raw::{self, Layout};
use crate::sample::{median, middle, ratio};
use crate::server::{Server, Target};
use crate::stored::{EVENT, frame};
use crate::table::{Figure, Row};
use crate::town::{Resident, Town};
use audience::Audience;
use speaker::Speaker;

/// Measures it.
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
    let town = Town::new(&server.caas, 1).await;
    let people = town.people("listener", receivers + 1).await;
    let conversation = town.channel(&people.iter().collect::<Vec<_>>()).await;
    let (mut speaker, mut audience) = ours(server, &people, conversation).await;
    let bare = Bare::start().await;
    let (mut bare_speaker, mut bare_audience) =
        theirs(&bare, receivers, speaker.heard().await).await;
    audience.expect(1).await;
    let mut sent = Vec::new();
    let mut broadcast = Vec::new();
    let mut last = Vec::new();
    let mut bare_last = Vec::new();
    for _ in 0..scale.rounds {
        sent.push(
            speaker
                .speak(&mut audience, server.process(), scale.length)
                .await,
        );
        broadcast.push(
            bare_speaker
                .speak(&mut bare_audience, bare.process(), scale.length)
                .await,
        );
        let commit = raw::commits(server, Layout::Ours, 1.0, scale.length / 2)
            .await
            .p50;
        last.push((speaker.latency(&mut audience, scale.length).await - commit).max(0.0));
        bare_last.push(bare_speaker.latency(&mut bare_audience, scale.length).await);
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
            "deliveries beside a bare broadcast",
            Figure::Rate(ours.per_second),
        )
        .beside(Figure::Rate(bare.per_second), ratio)
        .wanted("≥ 0.60", ratio >= 0.6)
        .cpu(ours.cpu),
        row(
            "20 messages/s, last receiver, 99 of 100 within, less a raw commit",
            Figure::Millis(last),
        )
        .beside(Figure::Millis(bare_last), last / bare_last)
        .wanted("≤ 2.00", last <= bare_last * 2.0),
    ]
}

/// Everyone but the first listens on the server.
async fn ours(server: &Server, people: &[Resident], conversation: String) -> (Speaker, Audience) {
    let mut sockets = Vec::with_capacity(people.len());
    for person in people {
        sockets.push(server.socket(&person.token, "listener").await);
    }
    let speaking = sockets.remove(0);
    (
        Speaker::new(speaking, move || frame(&conversation)),
        Audience::gather(sockets),
    )
}

/// As many listen to a bare broadcast of this frame.
async fn theirs(bare: &Bare, receivers: usize, frame: String) -> (Speaker, Audience) {
    assert!(frame.starts_with(EVENT), "{frame}");
    let mut sockets = Vec::with_capacity(receivers);
    for _ in 0..=receivers {
        sockets.push(Socket::open(&bare.address, "/broadcast").await);
    }
    let speaking = sockets.remove(0);
    (
        Speaker::new(speaking, move || frame.clone()),
        Audience::gather(sockets),
    )
}
