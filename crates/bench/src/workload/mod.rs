//! Workloads, one module each.

mod conversations;
mod fan_out;
mod history;
mod idle;
mod mixed;
mod resume;
mod send;
mod start;

pub use history::{Page, READERS};

use clap::ValueEnum;

use crate::options::Scale;
use crate::server::Target;
use crate::table::Row;

/// Workload of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Workload {
    /// Durable sends.
    W1,
    /// Messages to many online receivers.
    W2,
    /// Idle connections.
    W3,
    /// Pages of message history.
    W4,
    /// Start time, idle memory and binary size.
    W5,
    /// List of many conversations.
    W6,
    /// Resumption of many connections.
    W7,
    /// Mixed reads and writes.
    W8,
}

impl Workload {
    /// All workloads, in order.
    pub const ALL: [Self; 8] = [
        Self::W1,
        Self::W2,
        Self::W3,
        Self::W4,
        Self::W5,
        Self::W6,
        Self::W7,
        Self::W8,
    ];

    /// Runs the measurement.
    pub async fn measure(self, target: Target, scale: Scale) -> Vec<Row> {
        match self {
            Self::W1 => send::measure(target, scale).await,
            Self::W2 => fan_out::measure(target, scale).await,
            Self::W3 => idle::measure(target, scale).await,
            Self::W4 => history::measure(target, scale).await,
            Self::W5 => start::measure(target, scale).await,
            Self::W6 => conversations::measure(target, scale).await,
            Self::W7 => resume::measure(target, scale).await,
            Self::W8 => mixed::measure(target, scale).await,
        }
    }
}
