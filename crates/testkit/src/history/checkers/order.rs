//! One order: every reader received the stored record at each sequence number.

use std::collections::HashMap;

use crate::history::OperationHistory;

pub fn violations(history: &OperationHistory) -> Vec<String> {
    let logs = history.logs.iter();
    let standing: HashMap<(&str, i64), &str> = logs
        .flat_map(|(conversation, log)| {
            log.iter()
                .map(move |record| ((conversation.as_str(), record.seq), record.id.as_str()))
        })
        .collect();
    let wrong = history.receipts.iter().filter_map(|receipt| {
        let stored = standing.get(&(receipt.conversation.as_str(), receipt.seq));
        let seen = receipt.message.as_deref();
        let differs = stored.is_none_or(|stored| seen.is_some_and(|seen| seen != *stored));
        differs.then(|| {
            let reader = &receipt.reader;
            let seq = receipt.seq;
            let conversation = &receipt.conversation;
            format!(
                "order: {reader} saw {seen:?} at {seq} of {conversation}, but {stored:?} is stored"
            )
        })
    });
    wrong.collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_reader_who_saw_another_message_at_a_number_is_named() {
        let mut history = sample::valid();
        history.receipts[0].message = Some("m2".to_owned());
        assert_eq!(violations(&history).len(), 1);
    }

    #[test]
    fn a_reader_who_saw_what_does_not_stand_is_named() {
        let mut history = sample::valid();
        sample::log(&mut history).pop();
        assert_eq!(violations(&history).len(), 1);
    }
}
