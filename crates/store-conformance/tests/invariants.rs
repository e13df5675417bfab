//! Invariants of the log under random interleavings of nodes and faults.

use store_conformance::interleave;

/// Verified to fail with the bugs of `injected_bugs.rs`, and with every mistake that the tests of
/// the sequencer name.
#[expect(
    clippy::print_stdout,
    reason = "the counts are part of the output of the test"
)]
#[tokio::test(start_paused = true)]
async fn random_interleavings_keep_the_invariants() {
    let mut faults = 0;
    let mut sequence_conflicts = 0;
    let mut refused = 0;
    let mut unclear = 0;
    let mut known = 0;
    for seed in 0..100 {
        let seen = interleave(seed).await;
        faults += seen.faults;
        sequence_conflicts += seen.sequence_conflicts;
        refused += seen.refused;
        unclear += seen.unclear;
        known += seen.known;
    }
    println!(
        "{faults} faults, {sequence_conflicts} sequence conflicts, {refused} refused, {unclear} unclear, {known} known"
    );
    assert!(faults > 0 && sequence_conflicts > 0 && refused > 0 && known > 0);
}
