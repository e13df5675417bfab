//! Lengths of files and functions, with a list of exceptions.

use std::collections::BTreeMap;

use super::functions::functions;
use super::source::{Tree, has_extension, production};

const MAX_FILE_LINES: usize = 400;
const MAX_FUNCTION_LINES: usize = 70;

/// Tables that have one entry for each thing the product has, and no code that grows with them.
const TABLES: [&str; 1] = ["crates/base/src/limits.rs"];

/// List of exceptions: `path lines` or `path::function lines`. It may only shrink.
const RATCHET: &str = "xtask/ratchet.txt";

/// Returns files and functions that are too long, and entries of the list that
/// are too high.
pub fn check(tree: &Tree) -> Vec<String> {
    let mut listed = listed(tree.get(RATCHET).unwrap_or_default());
    let mut broken = Vec::new();
    for (item, length, max) in measured(tree) {
        match listed.remove(item.as_str()) {
            Some(known) if length <= max => {
                broken.push(format!(
                    "{RATCHET}: {item} is short enough, remove its {known}"
                ));
            }
            Some(known) if length < known => {
                broken.push(format!(
                    "{RATCHET}: {item} has {length} lines, lower its {known}"
                ));
            }
            Some(known) if length > known => {
                broken.push(format!("{item}: grew from {known} to {length} lines"));
            }
            None if length > max => {
                broken.push(format!("{item}: has {length} lines, more than {max}"));
            }
            _ => {}
        }
    }
    broken.extend(
        listed
            .into_keys()
            .map(|item| format!("{RATCHET}: {item} does not exist, remove it")),
    );
    broken
}

fn listed(text: &str) -> BTreeMap<&str, usize> {
    text.lines()
        .filter_map(|line| line.rsplit_once(' '))
        .filter_map(|(item, lines)| Some((item, lines.parse().ok()?)))
        .collect()
}

fn measured(tree: &Tree) -> Vec<(String, usize, usize)> {
    let mut measured = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| is_code(path)) {
        let lines: Vec<_> = production(text).collect();
        if !TABLES.contains(&path) {
            measured.push((path.to_owned(), lines.len(), MAX_FILE_LINES));
        }
        if has_extension(path, "rs") {
            let functions = functions(&lines).into_iter();
            measured.extend(functions.map(|found| {
                (
                    format!("{path}::{}", found.name),
                    found.length,
                    MAX_FUNCTION_LINES,
                )
            }));
        }
    }
    measured
}

fn is_code(path: &str) -> bool {
    ["rs", "js", "mjs", "css"]
        .iter()
        .any(|extension| has_extension(path, extension))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(lines: usize, ratchet: &str) -> Vec<String> {
        let body = "    step();\n".repeat(lines - 2);
        check(&Tree::of(&[
            ("a.rs", &format!("fn long() {{\n{body}}}\n")),
            (RATCHET, ratchet),
        ]))
    }

    #[test]
    fn short_file_and_function_pass() {
        assert!(tree(70, "").is_empty());
    }

    #[test]
    fn long_function_or_file_is_reported() {
        assert_eq!(tree(71, ""), ["a.rs::long: has 71 lines, more than 70"]);
        assert_eq!(
            tree(401, "a.rs::long 401\n"),
            ["a.rs: has 401 lines, more than 400"]
        );
    }

    #[test]
    fn list_may_only_shrink() {
        assert!(tree(80, "a.rs::long 80\n").is_empty());
        assert_eq!(
            tree(81, "a.rs::long 80\n"),
            ["a.rs::long: grew from 80 to 81 lines"]
        );
        assert_eq!(
            tree(79, "a.rs::long 80\n"),
            ["xtask/ratchet.txt: a.rs::long has 79 lines, lower its 80"]
        );
        assert_eq!(tree(70, "a.rs::long 80\n").len(), 1);
        assert_eq!(tree(70, "b.rs 500\n").len(), 1);
    }
}
