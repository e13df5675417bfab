//! Lengths of files and functions: a ratchet, not a wall.

use std::collections::BTreeMap;

use super::functions::functions;
use super::source::{Tree, has_extension, production};

const FILE: usize = 400;
const FUNCTION: usize = 70;

/// What is longer than allowed today: `path lines` or `path::function lines`.
/// The list may only shrink.
const RATCHET: &str = "xtask/ratchet.txt";

/// Names what is too long, and entries of the list that say more than is needed.
pub fn check(tree: &Tree) -> Vec<String> {
    let mut listed = listed(tree.get(RATCHET).unwrap_or_default());
    let mut broken = Vec::new();
    for (thing, length, most) in measured(tree) {
        match listed.remove(thing.as_str()) {
            Some(known) if length <= most => {
                broken.push(format!(
                    "{RATCHET}: {thing} is short enough now, take its {known} off the list"
                ));
            }
            Some(known) if length < known => {
                broken.push(format!(
                    "{RATCHET}: {thing} has {length} lines now, lower its {known}"
                ));
            }
            Some(known) if length > known => {
                broken.push(format!("{thing}: grew from {known} to {length} lines"));
            }
            None if length > most => {
                broken.push(format!("{thing}: has {length} lines, more than {most}"));
            }
            _ => {}
        }
    }
    broken.extend(
        listed
            .into_keys()
            .map(|thing| format!("{RATCHET}: {thing} is not there, take it off the list")),
    );
    broken
}

fn listed(text: &str) -> BTreeMap<&str, usize> {
    text.lines()
        .filter_map(|line| line.rsplit_once(' '))
        .filter_map(|(thing, lines)| Some((thing, lines.parse().ok()?)))
        .collect()
}

fn measured(tree: &Tree) -> Vec<(String, usize, usize)> {
    let mut measured = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| is_code(path)) {
        let lines: Vec<_> = production(text).collect();
        measured.push((path.to_owned(), lines.len(), FILE));
        if has_extension(path, "rs") {
            let functions = functions(&lines).into_iter();
            measured.extend(
                functions.map(|found| (format!("{path}::{}", found.name), found.length, FUNCTION)),
            );
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
    fn a_function_and_a_file_within_bounds_pass() {
        assert!(tree(70, "").is_empty());
    }

    #[test]
    fn a_function_or_file_over_its_bound_is_named() {
        assert_eq!(tree(71, ""), ["a.rs::long: has 71 lines, more than 70"]);
        assert_eq!(
            tree(401, "a.rs::long 401\n"),
            ["a.rs: has 401 lines, more than 400"]
        );
    }

    #[test]
    fn the_list_may_only_shrink() {
        assert!(tree(80, "a.rs::long 80\n").is_empty());
        assert_eq!(
            tree(81, "a.rs::long 80\n"),
            ["a.rs::long: grew from 80 to 81 lines"]
        );
        assert_eq!(
            tree(79, "a.rs::long 80\n"),
            ["xtask/ratchet.txt: a.rs::long has 79 lines now, lower its 80"]
        );
        assert_eq!(tree(70, "a.rs::long 80\n").len(), 1);
        assert_eq!(tree(70, "b.rs 500\n").len(), 1);
    }
}
