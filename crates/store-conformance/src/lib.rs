//! Conformance tests of engines: a plain model, test cases that every engine must pass, and random
//! operations that are compared step by step.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a story that does not hold stops the test it is told in"
)]

pub mod cases;
mod catalogue;
mod compare;
mod faulty;
pub mod fixtures;
mod invariants;
mod model;
mod rng;
mod world;

pub use catalogue::*;
pub use compare::{Table, compare};
pub use faulty::{Fault, Faulty};
pub use invariants::{Interleaved, interleave};
pub use model::Model;
pub use world::{Case, World, run_in_each_isolation, run_once};
