use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The last record that a client has, by conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cursors(BTreeMap<String, i64>);

/// What a client does with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It has the event already.
    Known,
    /// The next one: it takes it in.
    Applied,
    /// Something in between is missing: it asks for the range.
    Gap {
        /// The first record that is missing.
        from: i64,
        /// The record that came instead.
        to: i64,
    },
}

impl Cursors {
    /// Takes an event in if it is the next one of its conversation. A
    /// conversation that is new to the client begins with its first event.
    pub fn apply(&mut self, conversation: &str, seq: i64) -> Step {
        let cursor = self.0.entry(conversation.to_owned()).or_insert(seq - 1);
        match seq - *cursor {
            ..=0 => Step::Known,
            1 => {
                *cursor = seq;
                Step::Applied
            }
            _ => Step::Gap {
                from: *cursor + 1,
                to: seq,
            },
        }
    }

    /// Starts a conversation from a record, the ones before it unread.
    pub fn start_at(&mut self, conversation: &str, seq: i64) {
        self.0.insert(conversation.to_owned(), seq);
    }

    /// Starts every conversation of a `ready` that has no cursor yet from its head.
    pub fn start_at_heads(&mut self, ready: &Value) {
        for (conversation, head) in ready["heads"].as_object().into_iter().flatten() {
            self.0
                .entry(conversation.clone())
                .or_insert(head.as_i64().unwrap_or_default());
        }
    }

    /// The last record of a conversation that the client has.
    #[must_use]
    pub fn get(&self, conversation: &str) -> i64 {
        self.0.get(conversation).copied().unwrap_or_default()
    }

    /// As a hello carries them.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_applies_what_comes_next_and_nothing_else() {
        let mut cursors = Cursors::default();
        assert_eq!(cursors.apply("a", 1), Step::Applied);
        assert_eq!(cursors.apply("a", 1), Step::Known);
        assert_eq!(cursors.apply("a", 4), Step::Gap { from: 2, to: 4 });
        assert_eq!(cursors.apply("b", 7), Step::Applied);
        assert_eq!(
            (cursors.get("a"), cursors.get("b"), cursors.get("c")),
            (1, 7, 0)
        );
    }
}
