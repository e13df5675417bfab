//! No gaps: a log has all sequence numbers from 1 on, and a reader applies its events one by one.

use std::collections::HashMap;

use crate::history::OperationHistory;

pub fn violations(history: &OperationHistory) -> Vec<String> {
    let mut violations = Vec::new();
    for (conversation, log) in &history.logs {
        let wrong = log
            .iter()
            .zip(1..)
            .find(|(record, expected)| record.seq != *expected);
        violations.extend(wrong.map(|(record, expected)| {
            format!(
                "hole: {} is at position {expected} of {conversation}",
                record.seq
            )
        }));
    }
    let mut cursors: HashMap<(&str, &str), i64> = HashMap::new();
    for receipt in &history.receipts {
        let before = cursors.insert((&receipt.reader, &receipt.conversation), receipt.seq);
        if let Some(before) = before.filter(|before| receipt.seq != before + 1) {
            violations.push(format!(
                "hole: {} applied {} after {before} of {}",
                receipt.reader, receipt.seq, receipt.conversation
            ));
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_log_with_a_hole_is_named() {
        let mut history = sample::valid();
        sample::log(&mut history).remove(0);
        assert_eq!(violations(&history), ["hole: 2 is at position 1 of c"]);
    }

    #[test]
    fn a_reader_who_missed_an_event_or_applied_it_twice_is_named() {
        let mut history = sample::valid();
        history.receipts[1].seq = 3;
        assert_eq!(violations(&history), ["hole: bob applied 3 after 1 of c"]);
        history.receipts[1].seq = 1;
        assert_eq!(violations(&history), ["hole: bob applied 1 after 1 of c"]);
    }
}
