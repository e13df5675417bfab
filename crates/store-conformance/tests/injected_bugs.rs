//! Injected bugs violate the invariants that must detect them.

use store::fault_injection::Bug;
use store_conformance::interleave;

/// The switches apply to the whole process, so one test injects both bugs.
#[tokio::test(start_paused = true)]
async fn injected_bug_violates_its_invariant() {
    for (bug, expected) in [
        (Bug::AnswerBeforeCommit, "but in the log is None"),
        (Bug::AuthoriseBeforeQueueing, "stands after the removal"),
    ] {
        bug.inject(true);
        let mut messages = Vec::new();
        for seed in 0..40 {
            if let Err(broken) = tokio::spawn(interleave(seed)).await {
                messages.extend(broken.into_panic().downcast::<String>().map(|text| *text));
            }
        }
        bug.inject(false);
        assert!(
            messages.iter().any(|text| text.contains(expected)),
            "{bug:?} was not detected: {messages:#?}"
        );
    }
}
