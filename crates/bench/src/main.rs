//! Drives a server over its public API and compares it with what the same
//! engine does bare, in the same run: `cargo run --release -p bench`.

#![expect(
    clippy::expect_used,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a broken measurement ends with a sentence, and a rate needs no exactness"
)]

mod load;
mod metrics;
mod mongodb_raw;
mod senders;
mod sqlite_raw;

use std::time::Duration;

use clap::Parser;
use testkit::{Combination, Engine, Tier, World};

use load::{Measured, Transport};

/// Durable sends per second beside the raw group-commit rate of the engine.
/// The server is the `caas` that `CAAS_BIN` names, else the one beside this program.
#[derive(Parser)]
struct Options {
    /// Senders at once.
    #[arg(long, default_value_t = 64)]
    senders: usize,
    /// Conversations of two participants that they write to.
    #[arg(long, default_value_t = 100)]
    conversations: usize,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Measurements of each kind, interleaved; the median is shown.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

#[tokio::main]
async fn main() {
    let options = Options::parse();
    testkit::raise_open_files();
    show("| engine | transport | sends/s | mean group | raw rows/s at that group | ratio |");
    show("|---|---|---|---|---|---|");
    for engine in Engine::ALL.into_iter().filter(|engine| engine.covered()) {
        measure(&options, engine).await;
    }
}

async fn measure(options: &Options, engine: Engine) {
    let world = World::new(Combination { engine, tier: Tier::Free }).await;
    let pairs = load::pairs(&world, options.conversations).await;
    let mut rounds: [Vec<(Measured, f64)>; 2] = [Vec::new(), Vec::new()];
    for _ in 0..options.rounds {
        for (transport, measured) in Transport::ALL.into_iter().zip(&mut rounds) {
            let length = Duration::from_secs(options.seconds);
            let sends = load::run(&world, transport, &pairs, options.senders, length).await;
            let raw = raw(&world, sends.group, length / 2).await;
            measured.push((sends, raw));
        }
    }
    for (transport, mut measured) in Transport::ALL.into_iter().zip(rounds) {
        measured.sort_by(|(one, _), (other, _)| one.per_second.total_cmp(&other.per_second));
        let (sends, raw) = measured[measured.len() / 2];
        let ratio = sends.per_second / raw;
        let Measured { per_second, group } = sends;
        show(&format!("| {} | {transport} | {per_second:.0} | {group:.1} | {raw:.0} | {ratio:.2} |", engine.name()));
    }
}

/// Rows a second of the same documents, with the same indexes, in groups of
/// the same size, without a server.
async fn raw(world: &World, group: f64, length: Duration) -> f64 {
    let group = (group.round() as usize).max(1);
    match world.combination.engine {
        Engine::Sqlite => sqlite_raw::rate(world.caas.home().folder(), group, length),
        Engine::MongoDb => mongodb_raw::rate(world.caas.home(), group, length).await,
    }
}

#[expect(clippy::print_stdout, reason = "the table is what the program is for")]
fn show(line: &str) {
    println!("{line}");
}
