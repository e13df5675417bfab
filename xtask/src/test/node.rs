//! Checks and tests that run under Node.

use std::process::Command;

use super::{Run, counts};
use crate::tally::Tally;
use crate::{Result, exec, parts};

/// Runs the tests of `tests/browser`: the chat page in a real browser.
pub fn browser(run: &Run) -> Result<Tally> {
    let browser = parts::browser(&run.workspace)?;
    let mut node = Command::new("node");
    node.current_dir(&browser.tests)
        .env("CAAS_CHROMIUM", &browser.chromium);
    node.envs(run.environment.iter().map(|(name, value)| (name, value)));
    suite(node)
}

/// Checks the format, the lints and the types of all JavaScript.
pub fn check(run: &Run) -> Result<()> {
    let sdk = parts::sdk(&run.workspace)?;
    // The types of its packages are checked too.
    parts::browser_packages(&run.workspace)?;
    let mut npm = Command::new("npm");
    exec::run(npm.args(["run", "--silent", "check"]).current_dir(sdk))
}

/// Runs the tests of `sdk/js`.
pub fn sdk(run: &Run) -> Result<Tally> {
    let mut node = Command::new("node");
    node.current_dir(parts::sdk(&run.workspace)?);
    suite(node)
}

fn suite(mut node: Command) -> Result<Tally> {
    node.args(["--test", "--test-reporter=tap"]);
    let mut tally = Tally::default();
    let success = exec::watch(node, |line| match counts::node(line) {
        Some(("pass", number)) => tally.passed = number,
        Some(("fail" | "cancelled", number)) => tally.failed += number,
        _ => {}
    })?;
    if success || tally.failed > 0 {
        Ok(tally)
    } else {
        Err("the tests could not be run to their end".into())
    }
}
