//! No loss: acknowledged messages are stored with the acknowledged id and sequence number.

use std::collections::HashSet;

use crate::history::{OperationHistory, Outcome};

pub fn violations(history: &OperationHistory) -> Vec<String> {
    let logs = history.logs.iter();
    let standing: HashSet<(&str, &str, i64)> = logs
        .flat_map(|(conversation, log)| {
            log.iter()
                .map(move |record| (conversation.as_str(), record.id.as_str(), record.seq))
        })
        .collect();
    let lost = history.sent.iter().filter_map(|sent| match &sent.outcome {
        Outcome::Acknowledged { id, seq }
            if !standing.contains(&(sent.conversation.as_str(), id.as_str(), *seq)) =>
        {
            Some(format!(
                "lost: {} was acknowledged as {id} at {seq} of {}",
                sent.client_message_id, sent.conversation
            ))
        }
        _ => None,
    });
    lost.collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn an_acknowledged_message_that_is_gone_is_named() {
        let mut history = sample::valid();
        sample::log(&mut history).pop();
        assert_eq!(
            violations(&history),
            ["lost: key 2 was acknowledged as m2 at 2 of c"]
        );
    }

    #[test]
    fn an_acknowledged_message_at_another_number_is_named() {
        let mut history = sample::valid();
        sample::log(&mut history)[1].seq = 3;
        assert_eq!(violations(&history).len(), 1);
    }
}
