//! W7: many sockets that come back at once.

use std::sync::Arc;
use std::time::Instant;

use futures_util::future::join_all;

use crate::bare::Bare;
use crate::client::Socket;
use crate::options::Scale;
use crate::sample::{Sample, Watch, micros, middle, ratio};
use crate::server::{Server, Target};
use crate::table::{Figure, Row};
use crate::town::{Resident, Town};

/// Sockets that are opened at the same time.
const AT_ONCE: usize = 64;

/// Conversations of each user.
const CONVERSATIONS: usize = 10;

/// Users of each conversation, who share all of theirs: as many as one request makes.
const GROUP: usize = 100;

/// Who comes back, and the cursors that they have.
#[derive(Debug, Clone)]
struct Returning {
    person: Resident,
    tenant: String,
    cursors: String,
}

/// Measures it. The server has just started; who comes back missed nothing.
pub async fn measure(target: Target, scale: Scale) -> Vec<Row> {
    let mut server = Server::start(target).await;
    let everyone = everyone(&server, scale).await;
    let mut ours = Vec::new();
    let mut bare = Vec::new();
    for _ in 0..scale.rounds {
        server.caas.stop().await;
        server.caas.run().await;
        ours.push(resume(&server, &everyone).await);
        bare.push(accept(&Bare::on(server.caas.data_dir()).await, &everyone).await);
    }
    server.clear().await;
    let ratio = ratio(&ours, &bare);
    let ours = middle(&ours);
    let bare = middle(&bare);
    let what = format!(
        "{} sockets come back, beside a bare accept with the same reads",
        everyone.len()
    );
    let row = Row::new("W7", target.name(), what, Figure::Rate(ours.per_second));
    vec![
        row.beside(Figure::Rate(bare.per_second), ratio)
            .wanted("≥ 0.50", ratio >= 0.5)
            .cpu(ours.cpu),
        Row::new(
            "W7",
            target.name(),
            "server CPU beside the bare accept's",
            Figure::Micros(ours.cpu),
        )
        .beside(Figure::Micros(bare.cpu), ours.cpu / bare.cpu),
    ]
}

async fn everyone(server: &Server, scale: Scale) -> Vec<Returning> {
    let town = Town::new(&server.caas, scale.tenants).await;
    let groups = town
        .groups("returning", scale.sockets.div_ceil(GROUP), GROUP)
        .await;
    let wanted = groups
        .iter()
        .flat_map(|group| vec![group.iter().collect(); CONVERSATIONS])
        .collect();
    let conversations = town.conversations(wanted).await;
    let of_groups = groups.iter().zip(conversations.chunks(CONVERSATIONS));
    let returning = of_groups.flat_map(|(group, own)| {
        // The creation is the one record that there is.
        let cursors: Vec<String> = own.iter().map(|id| format!(r#""{id}":1"#)).collect();
        let cursors = format!("{{{}}}", cursors.join(","));
        let town = &town;
        group.iter().map(move |person| Returning {
            person: person.clone(),
            tenant: town.tenant(person).to_owned(),
            cursors: cursors.clone(),
        })
    });
    returning.collect()
}

async fn resume(server: &Server, everyone: &[Returning]) -> Sample {
    let address: Arc<str> = server.address().into();
    come_back(server.process(), everyone, move |one: Returning| {
        let address = Arc::clone(&address);
        async move { Server::greet(&address, &one.person.token, "returning", &one.cursors).await }
    })
    .await
}

async fn accept(bare: &Bare, everyone: &[Returning]) -> Sample {
    let address: Arc<str> = bare.address.as_str().into();
    come_back(bare.process(), everyone, move |one: Returning| {
        let address = Arc::clone(&address);
        async move {
            let mut socket = Socket::open(&address, "/accept").await;
            socket
                .send(&format!("{} {}", one.tenant, one.person.id))
                .await;
            socket.wait_for(r#"{"t":"ready""#).await;
            socket
        }
    })
    .await
}

/// Opens all sockets, and closes them when the last is open.
async fn come_back<F>(
    process: u32,
    everyone: &[Returning],
    open: impl Fn(Returning) -> F + Clone + Send + 'static,
) -> Sample
where
    F: Future<Output = Socket> + Send,
{
    let watch = Watch::start(process);
    let tasks = everyone
        .chunks(everyone.len().div_ceil(AT_ONCE))
        .map(|share| {
            let share = share.to_vec();
            let open = open.clone();
            tokio::spawn(async move {
                let mut opened = Vec::with_capacity(share.len());
                for one in share {
                    let begun = Instant::now();
                    opened.push((open(one).await, micros(begun.elapsed())));
                }
                opened
            })
        });
    let opened: Vec<_> = join_all(tasks)
        .await
        .into_iter()
        .flat_map(|task| task.expect("all come back"))
        .collect();
    watch.stop(opened.len(), opened.iter().map(|(_, took)| *took).collect())
}
