//! Parsing of function bodies.

/// Function of a file.
#[derive(Debug, PartialEq, Eq)]
pub struct Function<'a> {
    pub name: &'a str,
    /// Number of its first line.
    pub line: usize,
    /// Number of lines from the signature to the closing brace.
    pub length: usize,
}

/// Returns the functions with a body in a formatted file. Relies on the
/// formatter: a body ends at the first closing brace with the indentation of the
/// signature.
pub fn functions<'a>(lines: &[(usize, &'a str)]) -> Vec<Function<'a>> {
    let found = lines
        .iter()
        .enumerate()
        .filter_map(|(index, (number, line))| {
            let name = name(line)?;
            Some(Function {
                name,
                line: *number,
                length: length(&lines[index..])?,
            })
        });
    found.collect()
}

fn name(line: &str) -> Option<&str> {
    const QUALIFIERS: &[&str] = &["pub", "async", "const", "unsafe", "default", "extern"];
    let (before, after) = line.trim_start().split_once("fn ")?;
    let is_signature = before.split_whitespace().all(|word| {
        QUALIFIERS.iter().any(|known| word.starts_with(known)) || word.starts_with('"')
    });
    let name = after.split(['(', '<']).next()?;
    (is_signature && !name.is_empty()).then_some(name)
}

fn length(lines: &[(usize, &str)]) -> Option<usize> {
    let first = lines.first()?.1;
    let indent = first.len() - first.trim_start().len();
    if first.ends_with('}') {
        return Some(1);
    }
    let opening = lines
        .iter()
        .position(|(_, line)| line.ends_with('{') || line.ends_with(';'))?;
    if lines[opening].1.ends_with(';') {
        return None;
    }
    let closes = |line: &str| {
        line.trim_start().starts_with('}') && line.len() - line.trim_start().len() == indent
    };
    let closing = lines[opening + 1..]
        .iter()
        .position(|(_, line)| closes(line))?;
    Some(opening + closing + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<(String, usize)> {
        let lines: Vec<_> = text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
            .collect();
        functions(&lines)
            .into_iter()
            .map(|found| (found.name.to_owned(), found.length))
            .collect()
    }

    #[test]
    fn body_ends_at_its_closing_brace() {
        let text = "impl A {\n    pub(crate) async fn b<T>(\n        c: T,\n    ) {\n        if d {\n        }\n    }\n\n    const fn e() {}\n}\n";
        assert_eq!(of(text), [("b".to_owned(), 6), ("e".to_owned(), 1)]);
    }

    #[test]
    fn declarations_types_and_comments_are_not_functions() {
        assert!(of("    fn declared(&self) -> u8;\n    check: Box<dyn Fn(u8)>,\n    PhantomData<fn() -> T>,\n// see fn below {\n").is_empty());
    }
}
