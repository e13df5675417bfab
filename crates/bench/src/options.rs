use std::time::Duration;

use clap::{Parser, Subcommand};
use testkit::Engine;

use crate::bare::DataArgs;
use crate::workload::Workload;

/// Measures a server over its public API, compares it with the limits of the same
/// machine, and prints one table. The server is `CAAS_BIN`, by default the `caas`
/// in the directory of this program.
#[derive(Debug, Parser)]
pub struct Options {
    /// Other mode of the program.
    #[command(subcommand)]
    pub mode: Option<Mode>,
    /// Workloads to measure, w1 to w8 [default: all].
    #[arg(value_enum)]
    pub workloads: Vec<Workload>,
    /// Engines, `sqlite` or `mongodb` [default: both, if mongod is found].
    #[arg(long, value_parser = engine)]
    pub engine: Vec<Engine>,
    /// Number of members of the replica set.
    #[arg(long, default_value_t = 1)]
    pub members: usize,
    /// Run a small and short benchmark that detects only large regressions.
    #[arg(long)]
    pub short: bool,
    /// Messages stored before w4 and w8. More than 10,000 are compared with 10,000.
    #[arg(long)]
    pub messages: Option<usize>,
    /// Connections of w3 and w7.
    #[arg(long)]
    pub sockets: Option<usize>,
    /// Duration of each measurement in seconds.
    #[arg(long)]
    pub seconds: Option<f64>,
    /// Rounds of each measurement, interleaved with those of the limit; the median
    /// is printed [default: 3, with --short 1].
    #[arg(long)]
    pub rounds: Option<usize>,
}

/// Other mode of the program.
#[derive(Debug, Subcommand)]
pub enum Mode {
    /// Bare server, with which limits are measured.
    #[command(hide = true)]
    Bare(DataArgs),
}

/// Number of messages with which larger numbers are compared.
pub const BASE_MESSAGES: usize = 10_000;

/// Size of the measurements.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// Duration of each measurement.
    pub length: Duration,
    /// Rounds of each measurement.
    pub rounds: usize,
    /// Number of tenants of the users, except in W2.
    pub tenants: usize,
    /// Messages stored in advance.
    pub messages: usize,
    /// Numbers of receivers of a broadcast.
    pub receivers: [usize; 2],
    /// Number of idle or resuming connections.
    pub sockets: usize,
    /// Number of conversations of the listing user.
    pub conversations: usize,
}

impl Options {
    /// Returns the workloads to measure, in order.
    pub fn workloads(&self) -> Vec<Workload> {
        if self.workloads.is_empty() {
            Workload::ALL.to_vec()
        } else {
            self.workloads.clone()
        }
    }

    /// Returns the engines to measure.
    pub fn engines(&self) -> Vec<Engine> {
        let engines = if self.engine.is_empty() {
            Engine::ALL.to_vec()
        } else {
            self.engine.clone()
        };
        engines
            .into_iter()
            .filter(|engine| engine.covered())
            .collect()
    }

    /// Returns the size of the measurements.
    pub fn scale(&self) -> Scale {
        let full = Scale {
            length: Duration::from_secs(5),
            rounds: 3,
            tenants: 4,
            messages: BASE_MESSAGES,
            receivers: [100, 1_000],
            sockets: 10_000,
            conversations: 1_000,
        };
        let short = Scale {
            length: Duration::from_millis(300),
            rounds: 1,
            tenants: 1,
            messages: 3_200,
            receivers: [20, 100],
            sockets: 200,
            conversations: 100,
        };
        let scale = if self.short { short } else { full };
        Scale {
            length: self.seconds.map_or(scale.length, Duration::from_secs_f64),
            rounds: self.rounds.unwrap_or(scale.rounds),
            messages: self.messages.unwrap_or(scale.messages),
            sockets: self.sockets.unwrap_or(scale.sockets),
            ..scale
        }
    }
}

fn engine(name: &str) -> Result<Engine, String> {
    Engine::ALL
        .into_iter()
        .find(|engine| engine.name() == name)
        .ok_or_else(|| "sqlite or mongodb".to_owned())
}
