//! What the operator sees.

use std::io::Write as _;

use serde_json::json;

use crate::refusal::Refusal;

/// Writes a line on standard output. A reader that is gone is no failure.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// Writes why something was refused on standard error.
pub fn complain(refusal: &Refusal, as_json: bool) {
    let line = if as_json {
        json!({"error": {"code": refusal.code().map(base::Code::as_str), "detail": refusal.to_string()}}).to_string()
    } else {
        format!("caas: {refusal}")
    };
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
