//! What the operator sees.

mod render;

use std::io::Write as _;

pub use render::render;

use crate::refusal::Refusal;

/// Writes a line on standard output. A reader that is gone is no failure.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// Writes why something was refused on standard error.
pub fn complain(refusal: &Refusal, as_json: bool) {
    let line = if as_json { refusal.to_wire().to_string() } else { format!("caas: {refusal}") };
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
