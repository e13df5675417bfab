//! Other programs, run to their end with a closed standard input.

use std::env;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::Result;

/// Runs a command whose output goes to ours.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command
        .stdin(Stdio::null())
        .status()
        .map_err(|error| named(command, &error))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{} failed ({status})", name(command)).into())
    }
}

/// Runs a command and hands back what it wrote to its standard output.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| named(command, &error))?;
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?);
    }
    let told = String::from_utf8_lossy(&output.stderr);
    Err(format!(
        "{} failed ({}): {}",
        name(command),
        output.status,
        told.trim()
    )
    .into())
}

/// Runs a command, shows every line it writes, and hands them to `see` too.
/// Says whether it succeeded.
pub fn watch(mut command: Command, mut see: impl FnMut(&str)) -> Result<bool> {
    let (reader, writer) = io::pipe()?;
    command
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer);
    let mut child = command.spawn().map_err(|error| named(&command, &error))?;
    // The command holds the pipe's other end: without this the reading would never end.
    drop(command);
    let mut lines = BufReader::new(reader);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        print!("{text}");
        see(text.trim_end());
        line.clear();
    }
    Ok(child.wait()?.success())
}

/// Where a program is on the search path.
pub fn find(program: &str) -> Option<PathBuf> {
    let paths = env::var_os("PATH")?;
    env::split_paths(&paths)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

fn name(command: &Command) -> String {
    let words = command.get_args().map(|word| word.to_string_lossy());
    words.fold(
        command.get_program().to_string_lossy().into_owned(),
        |line, word| line + " " + &word,
    )
}

fn named(command: &Command, error: &io::Error) -> String {
    format!("{} cannot be run: {error}", name(command))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_watched_command_shows_both_its_outputs_and_its_fate() {
        let mut seen = Vec::new();
        let success = watch(shell("echo one; echo two >&2; exit 3"), |line| {
            seen.push(line.to_owned());
        })
        .unwrap();
        assert_eq!(seen, ["one", "two"]);
        assert!(!success);
    }

    #[test]
    fn a_failure_names_the_command_and_what_it_said() {
        let error = output(&mut shell("echo why >&2; exit 1"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("sh -c") && error.ends_with("why"), "{error}");
    }
}
