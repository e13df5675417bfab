//! Correct responses: a rejected send is not stored, and all responses to one send name the same
//! message.

use std::collections::{HashMap, HashSet};

use crate::history::{OperationHistory, Outcome};

pub fn violations(history: &OperationHistory) -> Vec<String> {
    let logs = history.logs.iter();
    let standing: HashSet<(&str, &str, &str)> = logs
        .flat_map(|(conversation, log)| {
            log.iter().filter_map(move |record| {
                Some((
                    conversation.as_str(),
                    record.sender.as_str(),
                    record.client_message_id.as_deref()?,
                ))
            })
        })
        .collect();
    let mut told: HashMap<(&str, &str, &str), (&str, i64)> = HashMap::new();
    let mut violations = Vec::new();
    for sent in &history.sent {
        let key = (
            sent.conversation.as_str(),
            sent.sender.as_str(),
            sent.client_message_id.as_str(),
        );
        match &sent.outcome {
            Outcome::Refused if standing.contains(&key) => {
                violations.push(format!("dishonest: {} was rejected but is stored", key.2));
            }
            Outcome::Acknowledged { id, seq } => {
                let first = *told.entry(key).or_insert((id, *seq));
                if first != (id.as_str(), *seq) {
                    violations.push(format!(
                        "dishonest: {} was told to be {first:?}, then {:?}",
                        key.2,
                        (id, seq)
                    ));
                }
            }
            Outcome::Refused | Outcome::Unclear => {}
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_rejected_message_that_is_stored_is_reported() {
        let mut history = sample::valid();
        history.sent[1].outcome = Outcome::Refused;
        assert_eq!(
            violations(&history),
            ["dishonest: key 2 was rejected but is stored"]
        );
    }

    #[test]
    fn a_retry_that_was_told_another_message_is_named() {
        let mut history = sample::valid();
        history.sent[1].client_message_id = "key 1".to_owned();
        assert_eq!(violations(&history).len(), 1);
    }

    #[test]
    fn an_unclear_send_may_stand_or_not() {
        let mut history = sample::valid();
        history.sent[1].outcome = Outcome::Unclear;
        assert!(violations(&history).is_empty());
        sample::log(&mut history).pop();
        assert!(violations(&history).is_empty());
    }
}
