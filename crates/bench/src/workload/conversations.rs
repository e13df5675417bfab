//! W6: the conversation list of a user who has many.

use std::time::Instant;

use testkit::Engine;

use crate::bare::Bare;
use crate::client::{Http, Socket};
use crate::drive::{Client, drive};
use crate::options::Scale;
use crate::sample::{Sample, median, middle, millis};
use crate::server::{Server, Target};
use crate::stored::body;
use crate::table::{Figure, Row};
use crate::town::{Resident, Town};

/// Users with whom the conversations are, by turns.
const OTHERS: usize = 10;

const LIST: &str = "/v1/conversations";

/// Measures it.
pub async fn measure(target: Target, scale: Scale) -> Vec<Row> {
    let mut server = Server::start(target).await;
    let [user, other] = popular(&server, scale.conversations).await;
    let mut warm = Vec::new();
    let mut cold = Vec::new();
    let mut bare = Vec::new();
    for _ in 0..scale.rounds {
        cold.push(first(&mut server, &user).await);
        warm.push(again(&server, &user, scale).await);
        bare.push(read(&Bare::on(server.caas.data_dir()).await, [&other, &user]).await);
    }
    server.clear().await;
    let ratio = median(cold.iter().zip(&bare).map(|(cold, bare)| cold / bare));
    let warm = middle(&warm);
    let cold = median(cold);
    let bare = median(bare);
    let row = |what: &str, ours: f64, wanted: f64| {
        let what = format!(
            "list of {} conversations, first page, {what}",
            scale.conversations
        );
        Row::new("W6", target.name(), what, Figure::Millis(ours))
            .wanted(format!("≤ {wanted} ms"), ours <= wanted)
    };
    let (in_memory, anew) = if target.engine == Engine::Sqlite {
        (3.0, 15.0)
    } else {
        (10.0, 10.0)
    };
    vec![
        row("heads in memory, half within", warm.p50 / 1e3, in_memory).cpu(warm.cpu),
        row(
            "cold, beside a bare read of the parts and heads alone",
            cold,
            anew,
        )
        .beside(Figure::Millis(bare), ratio),
    ]
}

/// Somebody who is known to a bare server: the tenant, then the user.
type Known = (String, Resident);

/// A user who has a message from each of so many conversations, and one of the others.
async fn popular(server: &Server, count: usize) -> [Known; 2] {
    let town = Town::new(&server.caas, 1).await;
    let people = town.people("talker", OTHERS + 1).await;
    let (user, others) = people.split_first().expect("people were made");
    let pairs = others
        .iter()
        .cycle()
        .take(count)
        .map(|other| vec![user, other])
        .collect();
    let mut http = server.http().await;
    for (conversation, other) in town
        .conversations(pairs)
        .await
        .iter()
        .zip(others.iter().cycle())
    {
        http.expect(
            "POST",
            &format!("{LIST}/{conversation}/messages"),
            &other.token,
            &body(),
        )
        .await;
    }
    [user, &others[0]].map(|person| (town.tenant(person).to_owned(), person.clone()))
}

/// The first list after a start, in milliseconds. The user was let in before.
async fn first(server: &mut Server, (_, user): &Known) -> f64 {
    server.caas.stop().await;
    server.caas.run().await;
    let mut http = server.http().await;
    http.expect("GET", &format!("/v1/users/{}", user.id), &user.token, "")
        .await;
    let begun = Instant::now();
    http.expect("GET", LIST, &user.token, "").await;
    millis(begun.elapsed())
}

/// What the same user's parts and the heads of these take at a bare server
/// that let in another before, in milliseconds.
async fn read(bare: &Bare, users: [&Known; 2]) -> f64 {
    let mut took = 0.0;
    for (tenant, user) in users {
        let mut socket = Socket::open(&bare.address, "/accept").await;
        let begun = Instant::now();
        socket.send(&format!("{tenant} {}", user.id)).await;
        socket.wait_for(r#"{"t":"ready""#).await;
        took = millis(begun.elapsed());
    }
    took
}

async fn again(server: &Server, (_, user): &Known, scale: Scale) -> Sample {
    let reader = Reader {
        http: server.http().await,
        token: user.token.clone(),
    };
    drive(server.process(), vec![reader], scale.length).await.0
}

struct Reader {
    http: Http,
    token: String,
}

impl Client for Reader {
    async fn act(&mut self) {
        self.http.expect("GET", LIST, &self.token, "").await;
    }
}
