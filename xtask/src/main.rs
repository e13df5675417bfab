//! `cargo xtask test | generate | instructions | tidy`: checks and generated files of
//! the repository.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool prints to its terminal"
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

/// Result with an error message for the terminal.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const USAGE: &str = "\
cargo xtask test [--quick]       run all checks; --quick skips MongoDB, S3, the browser and schemathesis
cargo xtask generate [--check]   write the generated files; --check compares them
cargo xtask instructions [--write]  count the instructions of a message and compare with the baseline; --write sets it
cargo xtask tidy [--shrink]      check the project rules; --shrink lowers the lists of exceptions";

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
