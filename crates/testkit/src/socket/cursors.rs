use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The last record that a client has, by conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cursors(BTreeMap<String, i64>);

/// The result of applying an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The client has the event already.
    Known,
    /// The event is the next one and is applied.
    Applied,
    /// Events in between are missing, and the client fetches the range.
    Gap {
        /// The first missing record.
        from: i64,
        /// The record received instead.
        to: i64,
    },
}

impl Cursors {
    /// Applies an event if it is the next one of its conversation.
    ///
    /// A conversation without a cursor begins with its first event.
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

    /// Sets the cursor of a conversation.
    pub fn start_at(&mut self, conversation: &str, seq: i64) {
        self.0.insert(conversation.to_owned(), seq);
    }

    /// Sets the cursor of each conversation in a `ready` that has none to its head.
    pub fn start_at_heads(&mut self, ready: &Value) {
        for (conversation, head) in ready["heads"].as_object().into_iter().flatten() {
            self.0
                .entry(conversation.clone())
                .or_insert(head.as_i64().unwrap_or_default());
        }
    }

    /// Returns the cursor of a conversation; 0 if it has none.
    #[must_use]
    pub fn get(&self, conversation: &str) -> i64 {
        self.0.get(conversation).copied().unwrap_or_default()
    }

    /// Returns the cursors in the form of a hello.
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
