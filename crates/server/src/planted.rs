//! Bugs on a switch, in test builds only: what must catch them can be seen to
//! fail.

use store::planted::{Bug, plant};

/// The environment variable that names the bug.
const SWITCH: &str = "CAAS_PLANT";

/// Plants the bug that the environment names.
pub fn plant_named() {
    let named = named();
    let Some((_, bug)) = Bug::ALL.into_iter().find(|(name, _)| *name == named) else {
        return;
    };
    tracing::warn!(bug = named, "planted");
    plant(bug, true);
}

/// Whether the node follows what others write: not under the bug `change-stream-stopped`.
pub fn follows_others() -> bool {
    named() != "change-stream-stopped"
}

/// Whether the server does the work that is due: not under `dispatcher-stopped`,
/// which holds the moment between a commit and what follows it.
pub fn dispatches() -> bool {
    named() != "dispatcher-stopped"
}

fn named() -> String {
    std::env::var(SWITCH).unwrap_or_default()
}
