//! CSV export of events (RFC 4180), with cells escaped so that spreadsheets do not run formulas.

use domain::analytics::Event;
use domain::validation::is_visible;

/// The header line.
pub const HEAD: &str = "event_id,name,category,user_id,app_id,session_id,timestamp,data\r\n";

/// First characters that make a spreadsheet treat a cell as a formula, in their ASCII, full-width
/// and small forms, with tab and carriage return.
const FORMULA: [char; 14] = [
    '=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫', '\t', '\r',
];

/// Returns the line of an event.
#[must_use]
pub fn line(event: &Event) -> String {
    let user = event
        .user_id
        .map(|user| user.to_string())
        .unwrap_or_default();
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

/// Returns the quoted cell, with an apostrophe before text that a spreadsheet would run as a
/// formula. Leading invisible characters do not hide a formula, because some programs skip them.
fn cell(text: &str) -> String {
    let seen = text
        .trim_start_matches(|character| !FORMULA.contains(&character) && !is_visible(character));
    let escape = if seen.starts_with(FORMULA) { "'" } else { "" };
    format!("\"{escape}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_begins_as_a_formula_does() {
        for text in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\tx",
            "\r=1",
            "  =1",
            "=cmd|'/c calc'!A1",
        ]
        .into_iter()
        .chain([
            "＝1+1",
            "＋1",
            "－1",
            "＠SUM(A1)",
            "﹦1",
            "﹢1",
            "﹣1",
            "﹫a",
        ])
        .chain([
            "\u{a0}=1",
            "\u{200b}=1",
            "\u{feff}=1",
            "\u{3164}\u{e0001} ＝1",
            "\n=1",
            "\u{202e}@a",
            "\u{2028}-1",
        ]) {
            assert_eq!(cell(text), format!("\"'{text}\""));
        }
        assert_eq!(cell("a=1"), "\"a=1\"");
        assert_eq!(cell("\u{feff}a=1"), "\"\u{feff}a=1\"");
        assert_eq!(cell(""), "\"\"");
    }

    #[test]
    fn quotes_and_line_ends_stay_within_their_cell() {
        assert_eq!(
            cell("say \"hi\",\r\nand go"),
            "\"say \"\"hi\"\",\r\nand go\""
        );
    }
}
