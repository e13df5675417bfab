//! Tests of the workers with real child processes.

mod faults;
mod images;
mod samples;
mod support;
