//! The chat page in a real browser.

use std::process::Command;

use super::{Run, counts};
use crate::tally::Tally;
use crate::{Result, exec, parts};

/// Runs the tests of `tests/browser`.
pub fn suite(run: &Run) -> Result<Tally> {
    let browser = parts::browser(&run.workspace)?;
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter=tap"]).current_dir(&browser.tests);
    node.env("CAAS_CHROMIUM", &browser.chromium).envs(run.environment.iter().map(|(name, value)| (name, value)));
    let mut tally = Tally::default();
    let success = exec::watch(node, |line| match counts::node(line) {
        Some(("pass", number)) => tally.passed = number,
        Some(("fail" | "cancelled", number)) => tally.failed += number,
        _ => {}
    })?;
    if success || tally.failed > 0 { Ok(tally) } else { Err("the browser test could not be run to its end".into()) }
}
