//! Tests of the workers with real child processes.

#![expect(clippy::unwrap_used, reason = "a test stops where it goes wrong")]

mod faults;
mod fuzz;
mod images;
mod malformed;
mod recordings;
mod samples;
mod support;
