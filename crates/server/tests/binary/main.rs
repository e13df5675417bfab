//! Tests of the binary: start, output and operation. The tests of its API are in `tests/`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a story stops where it goes wrong"
)]

mod commands;
mod configuration;
mod demo;
mod documentation;
mod harness;
mod listeners;
mod logging;
mod media;
mod operator;
mod requests;
mod start;
mod stop;
mod storage;
