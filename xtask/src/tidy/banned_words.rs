//! Words to avoid in code, texts and docs, see CONTRIBUTING.md.
//!
//! Existing uses are counted per file; the counts may only shrink.

use super::ratchet::{Count, Ratchet};
use super::source::{Tree, has_extension};

/// Words and phrases in lower case; only whole words match.
const BANNED: &[&str] = &[
    concat!("st", "ands"),
    concat!("an", "ew"),
    concat!("be", "side"),
    concat!("who", "ever"),
    concat!("no", "body"),
    concat!("told", " of"),
    concat!("is no", " more"),
    concat!("of the", " moment"),
    concat!("holds", " for"),
    concat!("comes by", " itself"),
    concat!("goes", " on"),
    concat!("let", " told ="),
];

/// Rule with its list of exceptions.
pub const RATCHET: Ratchet = Ratchet {
    list: "xtask/banned_words.txt",
    what: "banned words",
    counts,
};

fn counts(tree: &Tree) -> Vec<Count> {
    let files = tree.files().filter(|(path, _)| is_prose_or_code(path));
    let count = |(path, text): (&str, &str)| {
        let found = in_text(text);
        let example = found
            .first()
            .map(|(line, word)| format!("line {line} \"{word}\""))
            .unwrap_or_default();
        Count {
            path: path.to_owned(),
            found: found.len(),
            example,
        }
    };
    files.map(count).collect()
}

/// Returns the banned words of a line.
pub fn in_line(line: &str) -> impl Iterator<Item = &'static str> {
    let line = line.to_lowercase();
    BANNED.iter().copied().flat_map(move |word| {
        let found = line
            .match_indices(word)
            .filter(|(at, _)| is_whole_word(&line, *at, word.len()));
        std::iter::repeat_n(word, found.count()).collect::<Vec<_>>()
    })
}

fn in_text(text: &str) -> Vec<(usize, &'static str)> {
    let lines = text.lines().enumerate();
    lines
        .flat_map(|(index, line)| in_line(line).map(move |word| (index + 1, word)))
        .collect()
}

fn is_whole_word(line: &str, at: usize, length: usize) -> bool {
    let is_word = |character: char| character.is_alphanumeric();
    let before = line[..at].chars().next_back();
    let after = line[at + length..].chars().next();
    !before.is_some_and(is_word) && !after.is_some_and(is_word)
}

fn is_prose_or_code(path: &str) -> bool {
    ["rs", "js", "mjs", "md", "html", "css", "toml", "json"]
        .iter()
        .any(|extension| has_extension(path, extension))
        && !path.ends_with("package-lock.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_are_found_in_any_case() {
        let text = format!(
            "// {} here, understands besides\n",
            BANNED[0].to_uppercase()
        );
        assert_eq!(in_text(&text), [(1, BANNED[0])]);
    }

    #[test]
    fn identifiers_in_snake_case_count() {
        assert_eq!(in_line(&format!("fn {}_waits()", BANNED[4])).count(), 1);
    }
}
