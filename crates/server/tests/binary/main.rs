//! Stories about the binary itself: how it starts, what it says, how it is
//! operated. What it answers over HTTP is told in `tests/`.

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
mod operator;
mod requests;
mod start;
mod stop;
mod storage;
