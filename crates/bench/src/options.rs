use std::time::Duration;

use clap::{Parser, Subcommand};
use testkit::Engine;

use crate::bare::Place;
use crate::workload::Workload;

/// Measures a server over its public API beside what the same machine does
/// bare, and prints one table. The server is the `caas` that `CAAS_BIN`
/// names, else the one beside this program.
#[derive(Debug, Parser)]
pub struct Options {
    /// Something else than to measure.
    #[command(subcommand)]
    pub other: Option<Other>,
    /// What to measure: w1 to w8; everything when none is named.
    #[arg(value_enum)]
    pub workloads: Vec<Workload>,
    /// The engines; both where a mongod is found.
    #[arg(long, value_parser = engine)]
    pub engine: Vec<Engine>,
    /// Members of the replica set.
    #[arg(long, default_value_t = 1)]
    pub members: usize,
    /// Small and short, to see that nothing became slower by a multiple.
    #[arg(long)]
    pub short: bool,
    /// Messages that are stored before w4 and w8 measure; more than 10,000 are
    /// measured beside 10,000.
    #[arg(long)]
    pub messages: Option<usize>,
    /// Connections that idle in w3 and resume in w7.
    #[arg(long)]
    pub sockets: Option<usize>,
    /// Seconds of each measurement.
    #[arg(long)]
    pub seconds: Option<f64>,
    /// Measurements of each kind, interleaved with the ceiling's; the median
    /// is shown. 3, or 1 of the short form.
    #[arg(long)]
    pub rounds: Option<usize>,
}

/// What else this program is.
#[derive(Debug, Subcommand)]
pub enum Other {
    /// The bare server that ceilings are measured with.
    #[command(hide = true)]
    Bare(Place),
}

/// Messages beside which many are set.
pub const FEW_MESSAGES: usize = 10_000;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// The length of each measurement.
    pub length: Duration,
    /// Measurements of each kind.
    pub rounds: usize,
    /// Tenants that the people are of, but in W2.
    pub tenants: usize,
    /// Messages stored beforehand.
    pub messages: usize,
    /// Receivers of a broadcast, few and many.
    pub receivers: [usize; 2],
    /// Connections that idle, and that resume.
    pub sockets: usize,
    /// Conversations of the user who lists them.
    pub conversations: usize,
}

impl Options {
    /// What to measure, in order.
    pub fn workloads(&self) -> Vec<Workload> {
        if self.workloads.is_empty() {
            Workload::ALL.to_vec()
        } else {
            self.workloads.clone()
        }
    }

    /// What to measure on.
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

    /// How much to measure.
    pub fn scale(&self) -> Scale {
        let full = Scale {
            length: Duration::from_secs(5),
            rounds: 3,
            tenants: 4,
            messages: FEW_MESSAGES,
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
