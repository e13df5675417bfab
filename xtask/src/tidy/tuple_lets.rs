//! `let (a, b) = (x, y);` packs several statements into one: a `let` per value
//! reads better and gives smaller diffs.

use super::ratchet::{Count, Ratchet};
use super::source::Tree;

/// The rule with its list.
pub const RATCHET: Ratchet = Ratchet {
    list: "xtask/tuple_lets.txt",
    what: "packed tuple lets",
    counts,
};

fn counts(tree: &Tree) -> Vec<Count> {
    let count = |(path, text): (&str, &str)| {
        let lines = packed(text);
        let example = lines
            .first()
            .map(|line| format!("line {line}; write one let per value"))
            .unwrap_or_default();
        Count {
            path: path.to_owned(),
            found: lines.len(),
            example,
        }
    };
    tree.rust().map(count).collect()
}

/// Returns the line numbers of packed lets.
fn packed(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut offset = 0;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("let (") && is_packed(&text[offset..]) {
            found.push(index + 1);
        }
        offset += line.len() + 1;
    }
    found
}

/// Whether the statement at the start of the text binds a tuple pattern to a
/// tuple of the same statement.
fn is_packed(text: &str) -> bool {
    let Some(pattern_end) = matching(text, text.find('(').unwrap_or(0)) else {
        return false;
    };
    let rest = text[pattern_end..].trim_start();
    // A type annotation may come between.
    let Some((_, value)) = rest.split_once('=') else {
        return false;
    };
    let value = value.trim_start();
    if !value.starts_with('(') {
        return false;
    }
    matching(value, 0).is_some_and(|end| value[end..].trim_start().starts_with(';'))
}

/// Returns the index behind the parenthesis that closes the one at `open`.
fn matching(text: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate().skip(open) {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tuple_bound_to_a_tuple_is_found() {
        assert_eq!(packed("fn f() {\n    let (a, b) = (g(1), 2);\n}\n"), [2]);
        assert_eq!(packed("let (a, b) =\n    (g(1), 2);\n"), [1]);
    }

    #[test]
    fn a_tuple_bound_to_a_call_is_fine() {
        assert!(
            packed("let (a, b) = split(x);\nlet (a, b) = (x.f)(1);\n(a, b) = (b, a);\n").is_empty()
        );
    }
}
