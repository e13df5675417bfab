//! Checkers of a history. Each returns its violations.

mod canaries;
mod duplicates;
mod holes;
mod honesty;
mod loss;
mod order;
mod real_time;
#[cfg(test)]
mod sample;
mod unread;
mod watermarks;

use super::OperationHistory;

/// Returns all violations in a history, one sentence each.
#[must_use]
pub fn violations(history: &OperationHistory) -> Vec<String> {
    const CHECKERS: &[fn(&OperationHistory) -> Vec<String>] = &[
        loss::violations,
        duplicates::violations,
        holes::violations,
        order::violations,
        real_time::violations,
        honesty::violations,
        unread::violations,
        watermarks::violations,
        canaries::violations,
    ];
    CHECKERS.iter().flat_map(|check| check(history)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lawful_story_breaks_nothing() {
        assert!(violations(&sample::valid()).is_empty());
    }
}
