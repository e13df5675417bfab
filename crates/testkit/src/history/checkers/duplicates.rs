//! No duplicates: a log has each id and each `client_message_id` of a sender once.

use std::collections::HashSet;

use crate::history::OperationHistory;

pub fn violations(history: &OperationHistory) -> Vec<String> {
    let mut violations = Vec::new();
    for (conversation, log) in &history.logs {
        let mut ids = HashSet::new();
        let mut keys = HashSet::new();
        for record in log {
            if !ids.insert(&record.id) {
                violations.push(format!(
                    "doubled: {} is stored twice in {conversation}",
                    record.id
                ));
            }
            if let Some(key) = &record.client_message_id
                && !keys.insert((&record.sender, key))
            {
                violations.push(format!(
                    "doubled: {key} of {} is stored twice in {conversation}",
                    record.sender
                ));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_retry_that_was_stored_again_is_named() {
        let mut history = sample::valid();
        sample::log(&mut history)[1].client_message_id = Some("key 1".to_owned());
        assert_eq!(
            violations(&history),
            ["doubled: key 1 of alice is stored twice in c"]
        );
    }

    #[test]
    fn the_same_key_of_another_sender_is_fine() {
        let mut history = sample::valid();
        let record = &mut sample::log(&mut history)[1];
        (record.client_message_id, record.sender) = (Some("key 1".to_owned()), "bob".to_owned());
        assert!(violations(&history).is_empty());
    }
}
