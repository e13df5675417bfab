//! How many instructions one message costs on its way through the domain into
//! the embedded store: a number that no busy machine changes.

use std::fs;
use std::process::Command;

use crate::workspace::Workspace;
use crate::{Result, exec, parts};

/// What was counted last, and with which compiler.
const BASELINE: &str = "crates/bench/instructions.txt";

/// Percent by which the count may differ before somebody must look.
const TOLERANCE: u64 = 10;

/// Messages of two runs: their difference leaves out what a run costs by itself.
const MESSAGES: [u64; 2] = [100, 500];

/// The count of one message and the compiler that it depends on.
#[derive(Debug, PartialEq, Eq)]
struct Counted {
    compiler: String,
    instructions: u64,
}

/// Builds, counts, and writes the baseline or compares with it.
pub fn instructions(write: bool) -> Result<()> {
    let workspace = Workspace::read()?;
    let build = [
        "build",
        "--quiet",
        "--workspace",
        "--bins",
        "--examples",
        "--features",
        "server/planted",
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

/// Compares the program as it is built with the baseline.
pub fn check_built(workspace: &Workspace) -> Result<()> {
    if let Err(error) = parts::program("valgrind", &["valgrind"]) {
        if std::env::var_os("CI").is_some() {
            return Err(error);
        }
        println!("{error}; so instructions are not counted here");
        return Ok(());
    }
    let baseline = fs::read_to_string(workspace.path(BASELINE))?;
    let baseline = Counted::parse(&baseline).ok_or_else(|| format!("{BASELINE} cannot be read"))?;
    compare(&baseline, &count(workspace)?)
}

fn compare(baseline: &Counted, now: &Counted) -> Result<()> {
    let before = baseline.instructions;
    let after = now.instructions;
    println!("a message costs {after} instructions, the baseline is {before}");
    if baseline.compiler != now.compiler {
        println!(
            "not compared: counted with {}, the baseline with {}",
            now.compiler, baseline.compiler
        );
        return Ok(());
    }
    if before.abs_diff(after) * 100 <= before * TOLERANCE {
        return Ok(());
    }
    let told = "if that is meant, run `cargo xtask instructions --write` and say why in the commit";
    Err(format!("{after} is more than {TOLERANCE} % away from {before}; {told}").into())
}

fn count(workspace: &Workspace) -> Result<Counted> {
    let compiler = exec::output(Command::new("rustc").arg("--version"))?
        .trim()
        .to_owned();
    let [few, many] = MESSAGES;
    let spent = run(workspace, many)?.saturating_sub(run(workspace, few)?);
    Ok(Counted {
        compiler,
        instructions: spent / (many - few),
    })
}

/// All instructions of a process that sends so many messages.
fn run(workspace: &Workspace, messages: u64) -> Result<u64> {
    let program = workspace.target.join("debug/examples/send_path");
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .arg(messages.to_string());
    let output = valgrind.output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    let collected = told
        .lines()
        .find_map(|line| line.split_once("Collected :"))
        .map(|(_, count)| count.trim());
    let counted = collected
        .filter(|_| output.status.success())
        .and_then(|count| count.parse().ok());
    counted.ok_or_else(|| format!("the instructions cannot be counted: {told}").into())
}

impl Counted {
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

    fn counted(compiler: &str, instructions: u64) -> Counted {
        Counted {
            compiler: compiler.to_owned(),
            instructions,
        }
    }

    #[test]
    fn a_count_far_from_the_baseline_fails_both_ways() {
        let baseline = counted("rustc 1", 1_000);
        assert!(compare(&baseline, &counted("rustc 1", 1_100)).is_ok());
        assert!(compare(&baseline, &counted("rustc 1", 1_101)).is_err());
        assert!(compare(&baseline, &counted("rustc 1", 899)).is_err());
        assert!(compare(&baseline, &counted("rustc 2", 5_000)).is_ok());
    }

    #[test]
    fn a_baseline_is_read_as_it_was_written() {
        let baseline = counted("rustc 1.95.0 (abc 2026-01-01)", 985_700);
        assert_eq!(Counted::parse(&baseline.show()), Some(baseline));
    }
}
