//! Format of commit subjects: `scope: verb object`.

use std::path::Path;
use std::process::Command;

use super::banned_words;
use crate::{Result, exec};

/// Commits before this time follow an older rule. A time and not a commit, so
/// that the rule also works in a shallow clone.
const SINCE: &str = "2026-11-30T03:20:00Z";

const MAX_LENGTH: usize = 60;

/// Returns commits with an invalid subject.
pub fn check(root: &Path) -> Result<Vec<String>> {
    let mut git = Command::new("git");
    git.args(["log", "--no-merges", "--format=%h %s"])
        .arg(format!("--since={SINCE}"))
        .current_dir(root);
    let log = exec::output(&mut git)?;
    let commits = log.lines().filter_map(|line| line.split_once(' '));
    Ok(commits
        .filter_map(|(hash, subject)| Some(format!("commit {hash}: {}", fault(subject)?)))
        .collect())
}

/// Returns the violation of a subject.
fn fault(subject: &str) -> Option<String> {
    if subject.chars().count() > MAX_LENGTH {
        return Some(format!(
            "the subject is longer than {MAX_LENGTH} characters: {subject}"
        ));
    }
    let shaped = subject
        .split_once(": ")
        .is_some_and(|(scope, rest)| is_scope(scope) && is_action(rest));
    if !shaped {
        return Some(format!(
            "the subject is not `scope: verb object`: {subject}"
        ));
    }
    let word = banned_words::in_line(subject).next()?;
    Some(format!(
        "the subject has the banned word \"{word}\": {subject}"
    ))
}

fn is_scope(scope: &str) -> bool {
    let is_part = |character: char| {
        character.is_ascii_lowercase() || character.is_ascii_digit() || "-_/.".contains(character)
    };
    !scope.is_empty() && scope.chars().all(is_part)
}

fn is_action(action: &str) -> bool {
    let mut words = action.split_whitespace();
    let is_verb = |word: &str| {
        word.chars()
            .all(|character| character.is_ascii_lowercase() || character == '-')
    };
    words.next().is_some_and(is_verb) && words.next().is_some() && !action.ends_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scope_verb_and_object_are_required() {
        assert_eq!(fault("media: add resumable uploads"), None);
        assert_eq!(fault("store-mongo: speed up heads"), None);
        assert!(fault("Add resumable uploads").is_some());
        assert!(fault("media: Add resumable uploads").is_some());
        assert!(fault("media: add").is_some());
        assert!(fault(&format!("media: add {}", "x".repeat(60))).is_some());
    }
}
