//! What the operator sees.

mod render;

use std::io::{self, Write as _};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

pub use render::render;

use crate::refusal::Refusal;

/// How long the process waits for its last words to be written.
const COMPLAINT_TIMEOUT: Duration = Duration::from_secs(2);

/// Writes a line on standard output.
///
/// # Errors
/// What the system says when it cannot be written, which includes a reader
/// that is gone.
pub fn say(line: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{line}")?;
    output.flush()
}

/// Writes the answer of a command on standard output.
///
/// # Errors
/// A sentence when it cannot be written: the answer may hold a secret that is
/// shown only once.
pub fn answer(line: &str) -> Result<(), Refusal> {
    say(line).map_err(|error| {
        Refusal::new(
            "The command was carried out, but its answer could not be written to standard output",
        )
        .caused_by(error)
    })
}

/// Writes why something was refused on standard error. Does not wait for a
/// reader that does not read.
pub fn complain(refusal: &Refusal, as_json: bool) {
    let line = if as_json {
        refusal.to_wire().to_string()
    } else {
        format!("caas: {refusal}")
    };
    let (written, wait) = sync_channel(1);
    std::thread::spawn(move || {
        let _ = writeln!(io::stderr().lock(), "{line}");
        let _ = written.send(());
    });
    let _ = wait.recv_timeout(COMPLAINT_TIMEOUT);
}
