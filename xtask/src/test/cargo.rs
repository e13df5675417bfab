//! All tests that cargo knows: units, conformance, stories.

use std::process::Command;

use super::{Run, counts};
use crate::tally::Tally;
use crate::{Result, exec};

/// Runs them by nextest where it is installed, else by `cargo test`.
pub fn suite(run: &Run) -> Result<Tally> {
    let command = if exec::find("cargo-nextest").is_some() {
        &["nextest", "run"][..]
    } else {
        &["test", "--tests"][..]
    };
    let mut cargo = run.workspace.cargo(command);
    cargo
        .args([
            "--workspace",
            "--no-fail-fast",
            "--features",
            run.features(),
        ])
        .envs(run.environment.iter().map(|(name, value)| (name, value)));
    if let Some(directory) = &run.memory_dir {
        cargo.env("TMPDIR", directory.path());
    }
    counted(cargo)
}

fn counted(cargo: Command) -> Result<Tally> {
    let mut tally = Tally::default();
    let success = exec::watch(cargo, |line| {
        if let Some((passed, failed)) = counts::cargo(line) {
            tally.passed += passed;
            tally.failed += failed;
        }
    })?;
    if !success && tally.failed == 0 {
        return Err("the tests could not be run to their end".into());
    }
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_that_breaks_off_without_a_failed_test_is_a_failure() {
        let mut broken = Command::new("sh");
        broken.args([
            "-c",
            "echo 'test result: ok. 3 passed; 0 failed; 0 ignored'; exit 101",
        ]);
        assert!(counted(broken).is_err());
    }
}
