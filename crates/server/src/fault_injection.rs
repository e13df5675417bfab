//! Fault injection, in test builds only: proves that tests detect the faults.

use store::planted::{Bug, plant};

/// Environment variable with the name of the fault.
const VARIABLE: &str = "CAAS_PLANT";

/// Enables the fault that the environment names.
pub fn enable_from_environment() {
    let named = named();
    let Some((_, bug)) = Bug::ALL.into_iter().find(|(name, _)| *name == named) else {
        return;
    };
    tracing::warn!(fault = named, "fault injected");
    plant(bug, true);
}

/// Returns whether the node follows the writes of other nodes: not with the
/// fault `change-stream-stopped`.
pub fn follows_others() -> bool {
    named() != "change-stream-stopped"
}

/// Returns whether the server runs the due work: not with the fault
/// `dispatcher-stopped`, which keeps committed tasks pending.
pub fn dispatches() -> bool {
    named() != "dispatcher-stopped"
}

fn named() -> String {
    std::env::var(VARIABLE).unwrap_or_default()
}
