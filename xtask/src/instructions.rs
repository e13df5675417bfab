//! Number of instructions to send one message through the domain into SQLite.
//! Unlike a time, it does not depend on the load of the machine.

use std::fs;
use std::process::Command;

use crate::workspace::Workspace;
use crate::{Result, exec, parts};

/// Baseline: the last count and its compiler.
const BASELINE: &str = "crates/bench/instructions.txt";

/// Percent by which the count may differ from the baseline.
const TOLERANCE: u64 = 10;

/// Messages of two runs. Their difference excludes the cost of the start.
const MESSAGES: [u64; 2] = [100, 500];

/// Instructions of one message and the compiler that they depend on.
#[derive(Debug, PartialEq, Eq)]
struct Measurement {
    compiler: String,
    instructions: u64,
}

/// Builds and counts; writes the baseline or compares with it.
pub fn instructions(write: bool) -> Result<()> {
    let workspace = Workspace::read()?;
    let build = [
        "build",
        "--quiet",
        "--workspace",
        "--bins",
        "--examples",
        "--features",
        "server/fault-injection",
    ];
    exec::run(&mut workspace.cargo(&build))?;
    if !write {
        return check_built(&workspace);
    }
    Ok(fs::write(
        workspace.path(BASELINE),
        count(&workspace)?.show(),
    )?)
}

/// Counts with the existing build and compares with the baseline.
pub fn check_built(workspace: &Workspace) -> Result<()> {
    if let Err(error) = parts::program("valgrind", &["valgrind"]) {
        if std::env::var_os("CI").is_some() {
            return Err(error);
        }
        println!("{error}; instructions are not counted");
        return Ok(());
    }
    let baseline = fs::read_to_string(workspace.path(BASELINE))?;
    let baseline =
        Measurement::parse(&baseline).ok_or_else(|| format!("cannot parse {BASELINE}"))?;
    compare(&baseline, &count(workspace)?)
}

fn compare(baseline: &Measurement, now: &Measurement) -> Result<()> {
    let before = baseline.instructions;
    let after = now.instructions;
    println!("{after} instructions per message, baseline {before}");
    if baseline.compiler != now.compiler {
        println!(
            "not compared: compiled with {}, the baseline with {}",
            now.compiler, baseline.compiler
        );
        return Ok(());
    }
    if before.abs_diff(after) * 100 <= before * TOLERANCE {
        return Ok(());
    }
    Err(format!(
        "{after} differs from {before} by more than {TOLERANCE} %; if intended, run \
         `cargo xtask instructions --write` and give the reason in the commit"
    )
    .into())
}

fn count(workspace: &Workspace) -> Result<Measurement> {
    let compiler = exec::output(Command::new("rustc").arg("--version"))?
        .trim()
        .to_owned();
    let [few, many] = MESSAGES;
    let spent = run(workspace, many)?.saturating_sub(run(workspace, few)?);
    Ok(Measurement {
        compiler,
        instructions: spent / (many - few),
    })
}

/// Returns the instructions of a process that sends a number of messages.
fn run(workspace: &Workspace, messages: u64) -> Result<u64> {
    let program = workspace.target.join("debug/examples/send_path");
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .arg(messages.to_string());
    let output = valgrind.output()?;
    let report = String::from_utf8_lossy(&output.stderr);
    let collected = report
        .lines()
        .find_map(|line| line.split_once("Collected :"))
        .map(|(_, count)| count.trim());
    let counted = collected
        .filter(|_| output.status.success())
        .and_then(|count| count.parse().ok());
    counted.ok_or_else(|| format!("cannot count instructions: {report}").into())
}

impl Measurement {
    fn show(&self) -> String {
        format!(
            "{}\n{} instructions a message, debug build\n",
            self.compiler, self.instructions
        )
    }

    fn parse(text: &str) -> Option<Self> {
        let (compiler, count) = text.split_once('\n')?;
        Some(Self {
            compiler: compiler.to_owned(),
            instructions: count.split(' ').next()?.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(compiler: &str, instructions: u64) -> Measurement {
        Measurement {
            compiler: compiler.to_owned(),
            instructions,
        }
    }

    #[test]
    fn count_far_from_the_baseline_fails() {
        let baseline = counted("rustc 1", 1_000);
        assert!(compare(&baseline, &counted("rustc 1", 1_100)).is_ok());
        assert!(compare(&baseline, &counted("rustc 1", 1_101)).is_err());
        assert!(compare(&baseline, &counted("rustc 1", 899)).is_err());
        assert!(compare(&baseline, &counted("rustc 2", 5_000)).is_ok());
    }

    #[test]
    fn baseline_is_parsed_as_written() {
        let baseline = counted("rustc 1.95.0 (abc 2026-01-01)", 985_700);
        assert_eq!(Measurement::parse(&baseline.show()), Some(baseline));
    }
}
