//! `cargo xtask test | generate | tidy`: every check of this repository, and
//! the committed files that are written by machine.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool speaks to its terminal"
)]

mod exec;
mod generate;
mod instructions;
mod parts;
mod plans;
mod tally;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

/// What went wrong, as one sentence for the terminal.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const USAGE: &str = "\
cargo xtask test [--quick]       run every check; --quick leaves out MongoDB, the browser and schemathesis
cargo xtask generate [--check]   write the committed files that are made by machine, or compare them
cargo xtask instructions [--write]  count what a message costs, and compare it with the baseline or write it
cargo xtask tidy [--shrink]      check the project's rules; --shrink lowers the lists of known exceptions";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["test"] => test::test(false),
        ["test", "--quick"] => test::test(true),
        ["generate"] => generate::generate().map(|()| true),
        ["generate", "--check"] => generate::check().map(|()| true),
        ["instructions"] => instructions::instructions(false).map(|()| true),
        ["instructions", "--write"] => instructions::instructions(true).map(|()| true),
        ["tidy", "--shrink"] => tidy::shrink().map(|()| true),
        ["tidy"] => tidy::tidy().map(|()| true),
        _ => Err(USAGE.into()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
