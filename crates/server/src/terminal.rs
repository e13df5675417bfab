//! Output of commands and errors on the terminal.

use std::io;
use std::io::Write as _;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::cli_error::CliError;

/// Time that the exit of the process waits for standard error.
const ERROR_TIMEOUT: Duration = Duration::from_secs(2);

/// Writes a line to standard output.
///
/// # Errors
/// Fails if the line cannot be written, also if the reader has closed the pipe.
pub fn print_line(line: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{line}")?;
    output.flush()
}

/// Writes the output of a command to standard output.
///
/// # Errors
/// Fails if it cannot be written, since it may contain a secret that is shown
/// only once.
pub fn print_result(line: &str) -> Result<(), CliError> {
    print_line(line).map_err(|error| {
        CliError::new(
            "The command succeeded, but its output could not be written to standard output",
        )
        .with_cause(error)
    })
}

/// Writes an error to standard error. Does not wait for a reader that does not
/// read.
pub fn print_error(error: &CliError, as_json: bool) {
    let line = if as_json {
        error.to_wire().to_string()
    } else {
        format!("caas: {error}")
    };
    let (written, wait) = sync_channel(1);
    std::thread::spawn(move || {
        let _ = writeln!(io::stderr().lock(), "{line}");
        let _ = written.send(());
    });
    let _ = wait.recv_timeout(ERROR_TIMEOUT);
}

/// Formats output as text: one line per field, a blank line between the objects
/// of a list.
pub fn render(result: &Value) -> String {
    match result {
        Value::Object(fields) => match fields.get("data") {
            Some(Value::Array(entries)) if entries.is_empty() => "none".to_owned(),
            Some(Value::Array(entries)) => {
                let separator = if entries.iter().all(Value::is_string) {
                    "\n"
                } else {
                    "\n\n"
                };
                let mut text = entries
                    .iter()
                    .map(render)
                    .collect::<Vec<_>>()
                    .join(separator);
                if fields.get("has_more") == Some(&Value::Bool(true)) {
                    text.push_str("\n\n(more: use --after)");
                }
                text
            }
            _ => object(fields),
        },
        other => plain(other),
    }
}

fn object(fields: &Map<String, Value>) -> String {
    let width = fields.keys().map(String::len).max().unwrap_or(0);
    let line = |(name, value): (&String, &Value)| format!("{name:width$}  {}", plain(value));
    fields.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(entries) if entries.iter().all(Value::is_string) => {
            entries.iter().map(plain).collect::<Vec<_>>().join(", ")
        }
        Value::Array(entries) => entries
            .iter()
            .map(|entry| ["\n\n", &render(entry)].concat())
            .collect(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn object_has_one_line_per_field() {
        assert_eq!(
            render(&json!({"id": "clnt_1", "origins": ["a", "b"]})),
            "id       clnt_1\norigins  a, b"
        );
    }

    #[test]
    fn list_mentions_further_pages() {
        let list = json!({"data": [{"id": "1"}, {"id": "2"}], "has_more": true});
        assert_eq!(render(&list), "id  1\n\nid  2\n\n(more: use --after)");
        assert_eq!(render(&json!({"data": []})), "none");
    }
}
