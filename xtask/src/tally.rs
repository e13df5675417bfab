//! Counts of passed and failed checks.

use std::fmt;
use std::time::Instant;

use crate::Result;

/// Counts of checks. A check is a test or a gate, such as the formatter.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Tally {
    pub passed: usize,
    pub failed: usize,
    /// Failures, listed before the last line.
    failures: Vec<String>,
}

impl Tally {
    /// Runs a gate and counts it as one check.
    pub fn gate(&mut self, name: &str, gate: impl FnOnce() -> Result<()>) -> bool {
        let outcome = announced(name, gate);
        match &outcome {
            Ok(()) => self.passed += 1,
            Err(error) => self.fail(name, &error.to_string()),
        }
        outcome.is_ok()
    }

    /// Runs a suite, which counts its own checks. A suite without tests fails.
    pub fn suite(&mut self, name: &str, suite: impl FnOnce() -> Result<Self>) {
        match announced(name, suite) {
            Ok(found) if found.passed + found.failed == 0 => self.fail(name, "no test ran"),
            Ok(found) => {
                self.passed += found.passed;
                self.failed += found.failed;
                if found.failed > 0 {
                    self.failures.push(format!("{name}: {found}"));
                }
            }
            Err(error) => self.fail(name, &error.to_string()),
        }
    }

    /// Returns the failures, one line each.
    pub fn failures(&self) -> &[String] {
        &self.failures
    }

    fn fail(&mut self, name: &str, why: &str) {
        self.failed += 1;
        self.failures.push(format!("{name}: {why}"));
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

fn announced<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("── {name}");
    let started = Instant::now();
    let outcome = work();
    let status = if outcome.is_ok() { "done" } else { "FAILED" };
    println!(
        "── {name}: {status} after {} s",
        started.elapsed().as_secs()
    );
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gate_counts_once_and_suite_per_test() {
        let mut tally = Tally::default();
        assert!(tally.gate("good", || Ok(())));
        assert!(!tally.gate("bad", || Err("broken".into())));
        tally.suite("tests", || {
            Ok(Tally {
                passed: 5,
                failed: 2,
                ..Tally::default()
            })
        });
        assert_eq!(tally.to_string(), "6 passed, 3 failed");
        assert_eq!(
            tally.failures(),
            ["bad: broken", "tests: 5 passed, 2 failed"]
        );
    }

    #[test]
    fn suite_without_tests_fails() {
        let mut tally = Tally::default();
        tally.suite("tests", || Ok(Tally::default()));
        assert_eq!(tally.failed, 1);
    }
}
