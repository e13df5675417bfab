//! No duplicate: a sender's key and an id stand once in a log.

use std::collections::HashSet;

use crate::ledger::Book;

pub fn broken(book: &Book) -> Vec<String> {
    let mut broken = Vec::new();
    for (conversation, log) in &book.logs {
        let mut ids = HashSet::new();
        let mut keys = HashSet::new();
        for record in log {
            if !ids.insert(&record.id) {
                broken.push(format!(
                    "doubled: {} stands twice in {conversation}",
                    record.id
                ));
            }
            if let Some(key) = &record.client_message_id
                && !keys.insert((&record.sender, key))
            {
                broken.push(format!(
                    "doubled: {key} of {} stands twice in {conversation}",
                    record.sender
                ));
            }
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::super::story;
    use super::*;

    #[test]
    fn a_retry_that_was_stored_again_is_named() {
        let mut book = story::lawful();
        story::log(&mut book)[1].client_message_id = Some("key 1".to_owned());
        assert_eq!(broken(&book), ["doubled: key 1 of alice stands twice in c"]);
    }

    #[test]
    fn the_same_key_of_another_sender_is_fine() {
        let mut book = story::lawful();
        let record = &mut story::log(&mut book)[1];
        (record.client_message_id, record.sender) = (Some("key 1".to_owned()), "bob".to_owned());
        assert!(broken(&book).is_empty());
    }
}
