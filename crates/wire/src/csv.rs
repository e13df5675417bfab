//! Events as comma-separated values (RFC 4180) that no spreadsheet executes.

use domain::analytics::Event;

/// The first line.
pub const HEAD: &str = "event_id,name,category,user_id,app_id,session_id,timestamp,data\r\n";

/// What makes a spreadsheet take a cell for a formula when it comes first.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// The line of an event.
#[must_use]
pub fn line(event: &Event) -> String {
    let user = event.user_id.map(|user| user.to_string()).unwrap_or_default();
    let time = event.timestamp.to_string();
    let data = event.data.as_ref().map_or("", |data| &data.0);
    let cells = [
        &event.event_id,
        &event.name,
        event.category.as_str(),
        &user,
        event.app_id.as_deref().unwrap_or_default(),
        event.session_id.as_deref().unwrap_or_default(),
        &time,
        data,
    ];
    cells.map(cell).join(",") + "\r\n"
}

/// A cell in quotes, with an apostrophe before what would be a formula, also
/// behind spaces, which some programs skip.
fn cell(text: &str) -> String {
    let formula = text.trim_start_matches(' ').starts_with(FORMULA);
    format!("\"{}{}\"", if formula { "'" } else { "" }, text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_begins_as_a_formula_does() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1", "  =1", "=cmd|'/c calc'!A1"] {
            assert_eq!(cell(text), format!("\"'{text}\""));
        }
        assert_eq!(cell("a=1"), "\"a=1\"");
        assert_eq!(cell(""), "\"\"");
    }

    #[test]
    fn quotes_and_line_ends_stay_within_their_cell() {
        assert_eq!(cell("say \"hi\",\r\nand go"), "\"say \"\"hi\"\",\r\nand go\"");
    }
}
