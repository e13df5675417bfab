//! The laws of the log, checked on random interleavings of several nodes
//! under faults.

mod ledger;
mod nodes;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use self::ledger::Ledger;
use self::nodes::{Nodes, Sender};
use crate::conformance::rng::Rng;

/// What happened while the laws held.
#[derive(Debug, Default, Clone, Copy)]
pub struct Interleaved {
    /// Commits that went wrong on purpose.
    pub faults: usize,
    /// Numbers that a rival took first.
    pub sequence_conflicts: u64,
    /// Sends that the guard refused.
    pub refused: usize,
    /// Sends whose outcome was unclear at first.
    pub unclear: usize,
    /// Retries that were told of the record that stood.
    pub known: usize,
}

/// Lets several nodes write one log at random under faults, and checks the
/// laws. The same seed gives the same interleaving where the runtime has one
/// thread and its time is paused.
///
/// # Panics
/// When a law is broken.
pub async fn interleave(seed: u64) -> Interleaved {
    let dice = Rng::new(seed);
    let nodes = Nodes::new(seed, &dice);
    let ledger = Arc::new(Ledger::default());
    let mut senders = JoinSet::new();
    for number in 0..8 {
        let sender = Sender::new(
            &nodes,
            number,
            Rng::new(dice.number(0..1 << 40).unsigned_abs()),
            Arc::clone(&ledger),
        );
        senders.spawn(sender.send_all());
    }
    while let Some(sent) = senders.join_next().await {
        // A law that a sender saw broken breaks the test.
        if let Err(broken) = sent {
            std::panic::resume_unwind(broken.into_panic());
        }
    }
    nodes.heal();
    // What is late has landed by then.
    tokio::time::sleep(Duration::from_secs(1)).await;
    ledger.check(&nodes).await;
    Interleaved {
        faults: nodes.faults(),
        sequence_conflicts: nodes.sequence_conflicts(),
        ..ledger.summary()
    }
}
