//! Invariants of the log, checked on random interleavings of several nodes with faults.

mod ledger;
mod nodes;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use self::ledger::Ledger;
use self::nodes::{Nodes, Sender};
use crate::rng::Rng;

/// Statistics of a run without violated invariants.
#[derive(Debug, Default, Clone, Copy)]
pub struct Interleaved {
    /// Commits with an injected fault.
    pub faults: usize,
    /// Sequence numbers that a conflicting writer took first.
    pub sequence_conflicts: u64,
    /// Sends that the guard rejected.
    pub refused: usize,
    /// Sends whose outcome was unknown at first.
    pub unclear: usize,
    /// Retries that returned the stored record.
    pub known: usize,
}

/// Lets several nodes with faults write one log at random, and checks the invariants. The same
/// seed gives the same interleaving on a runtime with one thread and paused time.
///
/// # Panics
/// Panics if an invariant is violated.
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
        // A failed assertion in a sender fails the test.
        if let Err(broken) = sent {
            std::panic::resume_unwind(broken.into_panic());
        }
    }
    nodes.heal();
    // By then, late commits are done.
    tokio::time::sleep(Duration::from_secs(1)).await;
    ledger.check(&nodes).await;
    Interleaved {
        faults: nodes.faults(),
        sequence_conflicts: nodes.sequence_conflicts(),
        ..ledger.summary()
    }
}
