//! Monotonic receipts: no observer receives a receipt below an earlier one.

use std::collections::HashMap;

use crate::history::{Mark, OperationHistory};

pub fn violations(history: &OperationHistory) -> Vec<String> {
    let mut highest: HashMap<_, i64> = HashMap::new();
    let mut violations = Vec::new();
    for mark in &history.marks {
        let Mark {
            observer,
            conversation,
            user,
            kind,
            seq,
        } = mark;
        let before = highest
            .entry((observer, conversation, user, kind))
            .or_insert(*seq);
        if seq < before {
            violations.push(format!(
                "backward: {observer} was told {kind:?} {seq} of {user} in {conversation} after {before}"
            ));
        }
        *before = (*before).max(*seq);
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_mark_that_went_back_is_named() {
        let mut history = sample::valid();
        history.marks.push(sample::mark(0));
        assert_eq!(
            violations(&history),
            ["backward: alice was told Read 0 of bob in c after 1"]
        );
    }
}
