//! W7: concurrent resumption of many connections.

use std::sync::Arc;
use std::time::Instant;

use futures_util::future::join_all;

use crate::bare::Bare;
use crate::client::Socket;
use crate::fixture::{BenchUser, Fixture};
use crate::options::Scale;
use crate::sample::{Sample, Watch, micros, middle, ratio};
use crate::server::{Server, Target};
use crate::table::{Figure, Row};

/// Connections opened concurrently.
const CONCURRENCY: usize = 64;

/// Conversations of each user.
const CONVERSATIONS: usize = 10;

/// Users of each conversation, who share all conversations.
const GROUP: usize = 100;

/// Resuming client with its cursors.
#[derive(Debug, Clone)]
struct ReturningClient {
    user: BenchUser,
    tenant: String,
    cursors: String,
}

/// Runs the measurement. The server has just started; no events were missed.
pub async fn measure(target: Target, scale: Scale) -> Vec<Row> {
    let mut server = Server::start(target).await;
    let clients = clients(&server, scale).await;
    let mut ours = Vec::new();
    let mut bare = Vec::new();
    for _ in 0..scale.rounds {
        server.caas.stop().await;
        server.caas.run().await;
        ours.push(resume(&server, &clients).await);
        bare.push(accept(&Bare::on(server.caas.data_dir()).await, &clients).await);
    }
    server.clear().await;
    let ratio = ratio(&ours, &bare);
    let ours = middle(&ours);
    let bare = middle(&bare);
    let what = format!(
        "{} connections resume, vs. a bare accept with the same reads",
        clients.len()
    );
    let row = Row::new("W7", target.name(), what, Figure::Rate(ours.per_second));
    vec![
        row.versus(Figure::Rate(bare.per_second), ratio)
            .with_target("≥ 0.50", ratio >= 0.5)
            .cpu(ours.cpu),
        Row::new(
            "W7",
            target.name(),
            "server CPU vs. bare accept",
            Figure::Micros(ours.cpu),
        )
        .versus(Figure::Micros(bare.cpu), ours.cpu / bare.cpu),
    ]
}

async fn clients(server: &Server, scale: Scale) -> Vec<ReturningClient> {
    let fixture = Fixture::new(&server.caas, scale.tenants).await;
    let groups = fixture
        .groups("returning", scale.sockets.div_ceil(GROUP), GROUP)
        .await;
    let with_target = groups
        .iter()
        .flat_map(|group| vec![group.iter().collect(); CONVERSATIONS])
        .collect();
    let conversations = fixture.conversations(with_target).await;
    let of_groups = groups.iter().zip(conversations.chunks(CONVERSATIONS));
    let returning = of_groups.flat_map(|(group, own)| {
        // The creation is the only record.
        let cursors: Vec<String> = own.iter().map(|id| format!(r#""{id}":1"#)).collect();
        let cursors = format!("{{{}}}", cursors.join(","));
        let fixture = &fixture;
        group.iter().map(move |user| ReturningClient {
            user: user.clone(),
            tenant: fixture.tenant(user).to_owned(),
            cursors: cursors.clone(),
        })
    });
    returning.collect()
}

async fn resume(server: &Server, clients: &[ReturningClient]) -> Sample {
    let address: Arc<str> = server.address().into();
    open_all(server.process(), clients, move |one: ReturningClient| {
        let address = Arc::clone(&address);
        async move { Server::greet(&address, &one.user.token, "returning", &one.cursors).await }
    })
    .await
}

async fn accept(bare: &Bare, clients: &[ReturningClient]) -> Sample {
    let address: Arc<str> = bare.address.as_str().into();
    open_all(bare.process(), clients, move |one: ReturningClient| {
        let address = Arc::clone(&address);
        async move {
            let mut socket = Socket::open(&address, "/accept").await;
            socket
                .send(&format!("{} {}", one.tenant, one.user.id))
                .await;
            socket.wait_for(r#"{"t":"ready""#).await;
            socket
        }
    })
    .await
}

/// Opens all connections, and closes them once the last is open.
async fn open_all<F>(
    process: u32,
    clients: &[ReturningClient],
    open: impl Fn(ReturningClient) -> F + Clone + Send + 'static,
) -> Sample
where
    F: Future<Output = Socket> + Send,
{
    let watch = Watch::start(process);
    let tasks = clients
        .chunks(clients.len().div_ceil(CONCURRENCY))
        .map(|share| {
            let share = share.to_vec();
            let open = open.clone();
            tokio::spawn(async move {
                let mut opened = Vec::with_capacity(share.len());
                for one in share {
                    let started = Instant::now();
                    opened.push((open(one).await, micros(started.elapsed())));
                }
                opened
            })
        });
    let opened: Vec<_> = join_all(tasks)
        .await
        .into_iter()
        .flat_map(|task| task.expect("all clients resume"))
        .collect();
    watch.stop(
        opened.len(),
        opened.iter().map(|(_, durations)| *durations).collect(),
    )
}
