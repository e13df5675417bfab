//! Injected bugs violate the invariants that must detect them.

use store::conformance::interleave;
use store::planted::{Bug, plant};

/// The switches apply to the whole process, so one test injects both bugs.
#[tokio::test(start_paused = true)]
async fn each_planted_bug_breaks_its_law() {
    for (bug, law) in [
        (Bug::AnswerBeforeCommit, "but in the log is None"),
        (Bug::AuthoriseBeforeQueueing, "stands after the removal"),
    ] {
        plant(bug, true);
        let mut told = Vec::new();
        for seed in 0..40 {
            if let Err(broken) = tokio::spawn(interleave(seed)).await {
                told.extend(broken.into_panic().downcast::<String>().map(|told| *told));
            }
        }
        plant(bug, false);
        assert!(
            told.iter().any(|told| told.contains(law)),
            "{bug:?} went unseen: {told:#?}"
        );
    }
}
