//! Tests of the workers with real child processes.

mod faults;
mod fuzz;
mod images;
mod malformed;
mod recordings;
mod samples;
mod support;
