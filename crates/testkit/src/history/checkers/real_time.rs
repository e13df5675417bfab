//! Real-time order: if one send returned before another began, its sequence number is smaller.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::history::{OperationHistory, Outcome, Sent};

/// A message with all its attempts; it may be stored from the first attempt on.
struct Span<'a> {
    key: &'a str,
    begun: Instant,
    /// The time and the sequence number of the first acknowledgement.
    answered: Option<(Instant, i64)>,
}

pub fn violations(history: &OperationHistory) -> Vec<String> {
    let mut spans: BTreeMap<(&str, &str, &str), Span<'_>> = BTreeMap::new();
    for sent in &history.sent {
        let key = (
            sent.conversation.as_str(),
            sent.sender.as_str(),
            sent.client_message_id.as_str(),
        );
        spans.entry(key).or_insert_with(|| Span::of(sent)).add(sent);
    }
    let mut logs: BTreeMap<&str, Vec<(i64, Instant, Span<'_>)>> = BTreeMap::new();
    for ((conversation, ..), span) in spans {
        if let Some((ended, seq)) = span.answered {
            logs.entry(conversation)
                .or_default()
                .push((seq, ended, span));
        }
    }
    logs.into_iter()
        .flat_map(|(conversation, spans)| of_log(conversation, spans))
        .collect()
}

fn of_log(conversation: &str, mut spans: Vec<(i64, Instant, Span<'_>)>) -> Vec<String> {
    spans.sort_by_key(|(seq, ..)| *seq);
    let mut latest: Option<Span<'_>> = None;
    let mut violations = Vec::new();
    for (_, ended, span) in spans {
        if let Some(before) = latest.as_ref().filter(|before| ended < before.begun) {
            let first = span.key;
            let second = before.key;
            violations.push(format!(
                "real time: {first} returned before {second} began, but comes after it in {conversation}"
            ));
        }
        latest = latest
            .into_iter()
            .chain([span])
            .max_by_key(|span| span.begun);
    }
    violations
}

impl<'a> Span<'a> {
    fn of(sent: &'a Sent) -> Self {
        Self {
            key: &sent.client_message_id,
            begun: sent.begun,
            answered: None,
        }
    }

    fn add(&mut self, sent: &Sent) {
        self.begun = self.begun.min(sent.begun);
        if let Outcome::Acknowledged { seq, .. } = sent.outcome {
            self.answered = self.answered.into_iter().chain([(sent.ended, seq)]).min();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::sample;
    use super::*;

    #[test]
    fn a_message_that_overtook_an_acknowledged_one_is_named() {
        let mut history = sample::valid();
        (history.sent[0].begun, history.sent[1].begun) =
            (history.sent[1].begun, history.sent[0].begun);
        (history.sent[0].ended, history.sent[1].ended) =
            (history.sent[1].ended, history.sent[0].ended);
        assert_eq!(
            violations(&history),
            ["real time: key 2 returned before key 1 began, but comes after it in c"]
        );
    }

    #[test]
    fn sends_that_overlap_may_stand_in_either_order() {
        let mut history = sample::valid();
        history.sent[1].begun = history.sent[0].begun;
        history.sent[0].outcome = Outcome::Acknowledged {
            id: "m2".to_owned(),
            seq: 2,
        };
        history.sent[1].outcome = Outcome::Acknowledged {
            id: "m1".to_owned(),
            seq: 1,
        };
        assert!(violations(&history).is_empty());
    }

    #[test]
    fn a_retry_long_after_what_its_first_attempt_stored_is_fine() {
        let mut history = sample::valid();
        let mut retry = history.sent[0].clone();
        history.sent[0].outcome = Outcome::Unclear;
        (retry.begun, retry.ended) = (
            retry.begun + Duration::from_mins(1),
            retry.ended + Duration::from_mins(1),
        );
        history.sent.push(retry);
        assert!(violations(&history).is_empty());
    }
}
