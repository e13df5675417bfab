//! Execution of other programs with a closed standard input.

use std::env;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::Result;

/// Runs a command with inherited output.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command
        .stdin(Stdio::null())
        .status()
        .map_err(|error| not_started(command, &error))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{} failed ({status})", name(command)).into())
    }
}

/// Runs a command and returns its standard output.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| not_started(command, &error))?;
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?);
    }
    let message = String::from_utf8_lossy(&output.stderr);
    Err(format!(
        "{} failed ({}): {}",
        name(command),
        output.status,
        message.trim()
    )
    .into())
}

/// Runs a command, prints every line it writes and passes it to `on_line`.
/// Returns whether the command succeeded.
pub fn watch(mut command: Command, mut on_line: impl FnMut(&str)) -> Result<bool> {
    let (reader, writer) = io::pipe()?;
    command
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer);
    let mut child = command
        .spawn()
        .map_err(|error| not_started(&command, &error))?;
    // The command owns the write end of the pipe: without this the reader never ends.
    drop(command);
    let mut lines = BufReader::new(reader);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        print!("{text}");
        on_line(text.trim_end());
        line.clear();
    }
    Ok(child.wait()?.success())
}

/// Finds a program on the search path.
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

fn not_started(command: &Command, error: &io::Error) -> String {
    format!("cannot run {}: {error}", name(command))
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
    fn watch_passes_both_outputs_and_the_status() {
        let mut seen = Vec::new();
        let success = watch(shell("echo one; echo two >&2; exit 3"), |line| {
            seen.push(line.to_owned());
        })
        .unwrap();
        assert_eq!(seen, ["one", "two"]);
        assert!(!success);
    }

    #[test]
    fn failure_contains_the_command_and_its_message() {
        let error = output(&mut shell("echo why >&2; exit 1"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("sh -c") && error.ends_with("why"), "{error}");
    }
}
