//! Packed lets such as `let (a, b) = (x, y);`. One `let` per value is easier to
//! read and to diff.

use super::ratchet::{Count, Ratchet};
use super::source::Tree;

/// Rule with its list of exceptions.
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

/// Returns whether the statement at the start of the text binds a tuple pattern
/// to a tuple expression.
fn is_packed(text: &str) -> bool {
    let Some(pattern_end) = matching(text, text.find('(').unwrap_or(0)) else {
        return false;
    };
    let rest = text[pattern_end..].trim_start();
    // Skips a type annotation.
    let Some((_, value)) = rest.split_once('=') else {
        return false;
    };
    let value = value.trim_start();
    if !value.starts_with('(') {
        return false;
    }
    matching(value, 0).is_some_and(|end| value[end..].trim_start().starts_with(';'))
}

/// Returns the index after the parenthesis that closes the one at `open`.
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
    fn tuple_expression_is_found() {
        assert_eq!(packed("fn f() {\n    let (a, b) = (g(1), 2);\n}\n"), [2]);
        assert_eq!(packed("let (a, b) =\n    (g(1), 2);\n"), [1]);
    }

    #[test]
    fn call_is_not_found() {
        assert!(
            packed("let (a, b) = split(x);\nlet (a, b) = (x.f)(1);\n(a, b) = (b, a);\n").is_empty()
        );
    }
}
