//! Nothing backward: no observer is told a mark below one it was told before.

use std::collections::HashMap;

use crate::ledger::{Book, Mark};

pub fn broken(book: &Book) -> Vec<String> {
    let mut highest: HashMap<_, i64> = HashMap::new();
    let mut broken = Vec::new();
    for mark in &book.marks {
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
            broken.push(format!(
                "backward: {observer} was told {kind:?} {seq} of {user} in {conversation} after {before}"
            ));
        }
        *before = (*before).max(*seq);
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::super::story;
    use super::*;

    #[test]
    fn a_mark_that_went_back_is_named() {
        let mut book = story::lawful();
        book.marks.push(story::mark(0));
        assert_eq!(
            broken(&book),
            ["backward: alice was told Read 0 of bob in c after 1"]
        );
    }
}
