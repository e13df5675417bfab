//! Soak test of clients that do not read, hold requests open or flood: the
//! server closes their connections, returns its memory and serves other tenants.
//!
//! `CAAS_SOAK` sets the number of rounds, one by default. The latency of another
//! tenant is printed and not asserted, since it depends on the machine.

#![cfg(test)]

mod attacks;
mod client;
mod sender;

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use testkit::api::Client;
use testkit::{Engine, TestConfig, TestUser, Tier, World, raise_open_files};
use tokio::net::TcpStream;

use sender::{Latencies, Sender};

/// Bytes of resident memory that may remain after an attack.
const MAX_REMAINDER: u64 = 64 << 20;
/// Bytes of resident memory that an attack may take at its peak. All users of
/// a tenant may buffer 128 MiB; requests in progress need as much again.
const MAX_PEAK: u64 = 384 << 20;
/// Connections that the clients of the test itself may open meanwhile.
const OWN_CONNECTIONS: u64 = 8;
/// Time in which the server must close connections and return memory.
const RECOVERY_TIMEOUT: Duration = Duration::from_mins(3);
/// Interval at which memory and connections are read.
const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// Readings without a decrease after which the memory is settled: longer than the allocator keeps
/// freed memory.
const SETTLED_POLLS: usize = 15;
/// Reads of that conversation by each attacker before the memory of an unattacked server is read:
/// they fill the page caches of SQLite's connections. A user reads one page at a time, as two long
/// ones do not fit into the user's buffer.
const WARM_UP_READS: usize = 6;
/// Messages in the conversation that the attackers read: more than a page may have bytes.
const MESSAGES: usize = 40;
/// Characters of such a message, of three bytes each.
const MESSAGE_CHARACTERS: usize = 20_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_recovers_from_abuse_on_sqlite() {
    soak(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_recovers_from_abuse_on_mongodb() {
    if Engine::MongoDb.covered() {
        soak(Engine::MongoDb).await;
    }
}

async fn soak(engine: Engine) {
    let rounds = std::env::var("CAAS_SOAK").unwrap_or_else(|_| "1".to_owned());
    let rounds: usize = rounds.parse().expect("CAAS_SOAK is a number");
    raise_open_files();
    let mut scene = Scene::new(engine).await;
    for _ in 0..rounds {
        for attack in Attack::ALL {
            scene.survives(attack).await;
        }
    }
    scene.sender.assert_all_sent_in_order().await;
    scene.report();
    scene.world.server.data_dir().clone().clear().await;
}

/// A way of abusing the server.
#[derive(Debug, Clone, Copy)]
enum Attack {
    UnreadRanges,
    UnreadPages,
    OpenRequests,
    RejectedFrames,
}

impl Attack {
    const ALL: [Self; 4] = [
        Self::UnreadRanges,
        Self::UnreadPages,
        Self::OpenRequests,
        Self::RejectedFrames,
    ];
}

/// A server with attackers in one tenant and a sender in another one.
struct Scene {
    world: World,
    attackers: Vec<TestUser>,
    /// A conversation of the attackers with long messages.
    long_conversation: String,
    sender: Arc<Sender>,
    /// Bytes of resident memory before the first attack.
    resident: u64,
    /// Latencies of the sender without and during each kind of attack.
    latencies: Vec<(Latencies, Latencies)>,
}

impl Scene {
    async fn new(engine: Engine) -> Self {
        let tier = Tier::Free;
        let world = World::new(TestConfig { engine, tier }).await;
        let mut attackers = Vec::new();
        for number in 0..4 {
            attackers.push(world.tenant.person(&format!("attacker-{number}")).await);
        }
        let participants: Vec<_> = attackers.iter().collect();
        let long_conversation = world.tenant.group(&participants).await;
        let text = "長".repeat(MESSAGE_CHARACTERS);
        for number in 0..MESSAGES {
            let id = number.to_string();
            let sent = attackers[0].send(&long_conversation, &id, &text).await;
            assert_eq!(sent.status, 201, "{}", sent.text);
        }
        let user = world.stranger_from_other_tenant.clone();
        let conversation = world.other_tenant.group(&[&user]).await;
        let sender = Arc::new(Sender::new(user, conversation));
        let _warm_up = sender.send_batch().await;
        for _ in 0..WARM_UP_READS {
            let reads = attackers.iter();
            join_all(reads.map(|reader| reader.history(&long_conversation))).await;
        }
        let mut scene = Self {
            world,
            attackers,
            long_conversation,
            sender,
            resident: 0,
            latencies: vec![Default::default(); Attack::ALL.len()],
        };
        scene.resident = scene.settled_memory().await;
        scene
    }

    /// Waits until the allocator returns no more memory. Returns the bytes that remain resident.
    async fn settled_memory(&self) -> u64 {
        let mut settled = self.memory("VmRSS");
        let mut unchanged = 0;
        while unchanged < SETTLED_POLLS {
            tokio::time::sleep(POLL_INTERVAL).await;
            let now = self.memory("VmRSS");
            unchanged = if now < settled { 0 } else { unchanged + 1 };
            settled = settled.min(now);
        }
        settled
    }

    /// Runs an attack while the other tenant sends, and waits until the server
    /// has closed the connections of the attack and returned its memory.
    #[expect(clippy::print_stdout, reason = "the figures are a result")]
    async fn survives(&mut self, attack: Attack) {
        self.reset_peak();
        let connections = self.connections().await;
        let before = self.sender.send_batch().await;
        let sending = tokio::spawn({
            let sender = Arc::clone(&self.sender);
            async move { sender.send_batch().await }
        });
        let held = self.run(attack).await;
        let during = sending.await.expect("every message is sent");
        let health = Client::new(&self.world.server.url()).get("/healthz").await;
        assert_eq!(health.status, 200, "{attack:?}: {}", health.text);
        let peak = self.memory("VmHWM").saturating_sub(self.resident);
        let recovery = self.recovers(attack, connections).await;
        println!(
            "{} {attack:?}: {} MB before, {} MB more at the peak, {} MB remain after \
             {recovery:.1?}; latency before {before}, during {during}",
            self.world.config,
            self.resident >> 20,
            peak >> 20,
            self.remainder() >> 20,
        );
        assert!(
            peak <= MAX_PEAK,
            "{attack:?}: {} MB at the peak",
            peak >> 20
        );
        let (all_before, all_during) = &mut self.latencies[attack as usize];
        all_before.extend(before);
        all_during.extend(during);
        // Only now: the server had to close them itself.
        drop(held);
    }

    async fn run(&self, attack: Attack) -> Vec<TcpStream> {
        match attack {
            Attack::UnreadRanges => self.leave_ranges_unread().await,
            Attack::UnreadPages => self.leave_pages_unread().await,
            Attack::OpenRequests => self.hold_requests_open().await,
            Attack::RejectedFrames => self.send_rejected_frames().await,
        }
    }

    /// Waits until as many connections are open as before and memory has been
    /// returned. Returns how long that took.
    async fn recovers(&self, attack: Attack, connections: u64) -> Duration {
        let start = Instant::now();
        loop {
            let open = self.connections().await.saturating_sub(connections);
            let remainder = self.remainder();
            if open <= OWN_CONNECTIONS && remainder <= MAX_REMAINDER {
                return start.elapsed();
            }
            assert!(
                start.elapsed() < RECOVERY_TIMEOUT,
                "{attack:?}: {open} connections and {} MB remain",
                remainder >> 20
            );
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Prints the latencies of the other tenant over all rounds.
    #[expect(clippy::print_stdout, reason = "the figures are a result")]
    fn report(&self) {
        for (attack, (before, during)) in Attack::ALL.iter().zip(&self.latencies) {
            let ratio = during.p99().as_secs_f64() / before.p99().as_secs_f64();
            println!(
                "{} {attack:?}, all rounds: latency before {before}, during {during}; \
                 ratio of the 99th percentiles {ratio:.1}",
                self.world.config,
            );
        }
    }

    /// Number of connections that the server has open.
    async fn connections(&self) -> u64 {
        self.world.server.metric("caas_connections").await
    }

    /// Bytes of resident memory beyond those before the first attack.
    fn remainder(&self) -> u64 {
        self.memory("VmRSS").saturating_sub(self.resident)
    }

    /// Bytes of the server's memory, as the system counts them.
    fn memory(&self, kind: &str) -> u64 {
        let path = format!("/proc/{}/status", self.process());
        let status = std::fs::read_to_string(path).expect("the server runs");
        let line = status.lines().find(|line| line.starts_with(kind));
        let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
        let kilobytes: u64 = kilobytes.expect("a size").parse().expect("a number");
        kilobytes << 10
    }

    /// Resets the peak of memory that the system has recorded.
    fn reset_peak(&self) {
        let path = format!("/proc/{}/clear_refs", self.process());
        std::fs::write(path, "5").expect("the server runs");
    }

    fn process(&self) -> u32 {
        self.world.server.process().expect("the server runs")
    }
}
