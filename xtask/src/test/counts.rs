//! Parsing of the summaries of test runners.

/// Returns passed and failed tests of a summary line of nextest or `cargo test`.
pub fn cargo(line: &str) -> Option<(usize, usize)> {
    nextest(line).or_else(|| libtest(line))
}

/// Returns the name and number of a summary line of the Node test runner.
pub fn node(line: &str) -> Option<(&str, usize)> {
    let (name, number) = line.strip_prefix("# ")?.split_once(' ')?;
    Some((name, number.parse().ok()?))
}

fn nextest(line: &str) -> Option<(usize, usize)> {
    let (_, counts) = line
        .trim_start()
        .strip_prefix("Summary [")?
        .split_once(']')?;
    let (run, rest) = counts
        .split_once(" tests run: ")
        .or_else(|| counts.split_once(" test run: "))?;
    // "3/5" if the run was interrupted.
    let run: usize = run.trim().rsplit('/').next()?.parse().ok()?;
    let passed = before(rest, " passed").unwrap_or(0);
    Some((passed, run.checked_sub(passed)?))
}

fn libtest(line: &str) -> Option<(usize, usize)> {
    let rest = line.strip_prefix("test result: ")?;
    Some((before(rest, " passed")?, before(rest, " failed")?))
}

fn before(text: &str, word: &str) -> Option<usize> {
    text.split_once(word)?.0.rsplit(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nextest_counts() {
        assert_eq!(
            cargo("     Summary [   0.041s] 12 tests run: 12 passed, 0 skipped"),
            Some((12, 0))
        );
        assert_eq!(
            cargo(
                "     Summary [   9.1s] 12 tests run: 9 passed (1 slow), 2 failed, 1 timed out, 3 skipped"
            ),
            Some((9, 3))
        );
        assert_eq!(
            cargo("     Summary [   9.1s] 3/5 tests run: 2 passed, 1 failed, 0 skipped"),
            Some((2, 3))
        );
        assert_eq!(
            cargo("     Summary [   0.0s] 1 test run: 0 passed, 1 failed, 0 skipped"),
            Some((0, 1))
        );
    }

    #[test]
    fn libtest_counts() {
        assert_eq!(
            cargo("test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured"),
            Some((3, 1))
        );
        assert_eq!(cargo("test some::name ... ok"), None);
    }

    #[test]
    fn node_counts() {
        assert_eq!(node("# pass 4"), Some(("pass", 4)));
        assert_eq!(node("# Subtest: two people chat"), None);
    }
}
