//! W6: the conversation list of a user who has many.

use std::time::Instant;

use testkit::Engine;

use crate::client::Http;
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
    let user = popular(&server, scale.conversations).await;
    let (mut warm, mut cold) = (Vec::new(), Vec::new());
    for _ in 0..scale.rounds {
        cold.push(first(&mut server, &user).await);
        warm.push(again(&server, &user, scale).await);
    }
    server.clear().await;
    let (warm, cold) = (middle(&warm), median(cold));
    let row = |what: &str, ours: f64, wanted: f64| {
        let what = format!("list of {} conversations, first page, {what}", scale.conversations);
        Row::new("W6", target.name(), what, Figure::Millis(ours)).wanted(format!("≤ {wanted} ms"), ours <= wanted)
    };
    let (in_memory, anew) = if target.engine == Engine::Sqlite { (3.0, 15.0) } else { (10.0, 10.0) };
    vec![row("heads in memory, half within", warm.p50 / 1e3, in_memory).cpu(warm.cpu), row("cold", cold, anew)]
}

/// A user who has a message from each of so many conversations.
async fn popular(server: &Server, count: usize) -> Resident {
    let town = Town::new(&server.caas, 1).await;
    let people = town.people("talker", OTHERS + 1).await;
    let (user, others) = people.split_first().expect("people were made");
    let pairs = others.iter().cycle().take(count).map(|other| vec![user, other]).collect();
    let mut http = server.http().await;
    for (conversation, other) in town.conversations(pairs).await.iter().zip(others.iter().cycle()) {
        http.expect("POST", &format!("{LIST}/{conversation}/messages"), &other.token, &body()).await;
    }
    user.clone()
}

/// The first list after a start, in milliseconds. The user was let in before.
async fn first(server: &mut Server, user: &Resident) -> f64 {
    server.caas.stop().await;
    server.caas.run().await;
    let mut http = server.http().await;
    http.expect("GET", &format!("/v1/users/{}", user.id), &user.token, "").await;
    let begun = Instant::now();
    http.expect("GET", LIST, &user.token, "").await;
    millis(begun.elapsed())
}

async fn again(server: &Server, user: &Resident, scale: Scale) -> Sample {
    let reader = Reader { http: server.http().await, token: user.token.clone() };
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
