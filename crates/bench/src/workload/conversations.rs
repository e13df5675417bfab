//! W6: conversation list of a user with many conversations.

use std::time::Instant;

use testkit::Engine;

use crate::bare::Bare;
use crate::client::{Http, Socket};
use crate::drive::{LoadClient, drive};
use crate::fixture::{BenchUser, Fixture};
use crate::options::Scale;
use crate::prefill::body;
use crate::sample::{Sample, median, middle, millis};
use crate::server::{Server, Target};
use crate::table::{Figure, Row};

/// Number of other users, alternating between conversations.
const OTHERS: usize = 10;

const LIST: &str = "/v1/conversations";

/// Runs the measurement.
pub async fn measure(target: Target, scale: Scale) -> Vec<Row> {
    let mut server = Server::start(target).await;
    let [user, other] = user_with_conversations(&server, scale.conversations).await;
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
    let row = |what: &str, ours: f64, max_millis: f64| {
        let what = format!(
            "list of {} conversations, first page, {what}",
            scale.conversations
        );
        Row::new("W6", target.name(), what, Figure::Millis(ours))
            .with_target(format!("≤ {max_millis} ms"), ours <= max_millis)
    };
    let (warm_target, cold_target) = if target.engine == Engine::Sqlite {
        (3.0, 15.0)
    } else {
        (10.0, 10.0)
    };
    vec![
        row("cached heads, median", warm.p50 / 1e3, warm_target).cpu(warm.cpu),
        row(
            "cold, vs. bare reads of participations and heads",
            cold,
            cold_target,
        )
        .versus(Figure::Millis(bare), ratio),
    ]
}

/// Tenant id and user.
type TenantUser = (String, BenchUser);

/// Creates a user with a number of conversations, each with a message; returns
/// the user and one of the others.
async fn user_with_conversations(server: &Server, count: usize) -> [TenantUser; 2] {
    let fixture = Fixture::new(&server.caas, 1).await;
    let users = fixture.users("talker", OTHERS + 1).await;
    let (user, others) = users.split_first().expect("users were created");
    let pairs = others
        .iter()
        .cycle()
        .take(count)
        .map(|other| vec![user, other])
        .collect();
    let mut http = server.http().await;
    for (conversation, other) in fixture
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
    [user, &others[0]].map(|user| (fixture.tenant(user).to_owned(), user.clone()))
}

/// Returns the milliseconds of the first list after a start. The user is cached.
async fn first(server: &mut Server, (_, user): &TenantUser) -> f64 {
    server.caas.stop().await;
    server.caas.run().await;
    let mut http = server.http().await;
    http.expect("GET", &format!("/v1/users/{}", user.id), &user.token, "")
        .await;
    let started = Instant::now();
    http.expect("GET", LIST, &user.token, "").await;
    millis(started.elapsed())
}

/// Returns the milliseconds of the same reads by a bare server, after those of
/// another user.
async fn read(bare: &Bare, users: [&TenantUser; 2]) -> f64 {
    let mut durations = 0.0;
    for (tenant, user) in users {
        let mut socket = Socket::open(&bare.address, "/accept").await;
        let started = Instant::now();
        socket.send(&format!("{tenant} {}", user.id)).await;
        socket.wait_for(r#"{"t":"ready""#).await;
        durations = millis(started.elapsed());
    }
    durations
}

async fn again(server: &Server, (_, user): &TenantUser, scale: Scale) -> Sample {
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

impl LoadClient for Reader {
    async fn act(&mut self) {
        self.http.expect("GET", LIST, &self.token, "").await;
    }
}
