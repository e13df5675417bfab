//! Tests of the embedded engine on real files.
#![expect(
    clippy::unwrap_used,
    reason = "a story that does not hold stops its test"
)]

mod closing;
mod conformance;
mod files;
mod foreign;
mod group_commit;
mod places;
mod world;
