//! Unread equals recount.

use base::limit;

use crate::ledger::{Book, Unread};

pub fn broken(book: &Book) -> Vec<String> {
    let wrong = book.unread.iter().filter_map(|unread| {
        let counted = recount(book, unread);
        let Unread {
            user,
            conversation,
            told,
            ..
        } = unread;
        (counted != *told).then(|| {
            format!("unread: {user} is told {told} of {conversation}, where {counted} are")
        })
    });
    wrong.collect()
}

fn recount(book: &Book, unread: &Unread) -> usize {
    let log = book
        .logs
        .get(&unread.conversation)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let counts = log.iter().filter(|record| {
        record.seq > unread.read_seq
            && record.shown
            && !record.deleted
            && record.sender != unread.user
    });
    counts.count().min(limit::UNREAD_COUNTED)
}

#[cfg(test)]
mod tests {
    use super::super::story;
    use super::*;

    #[test]
    fn a_count_that_differs_from_the_recount_is_named() {
        let mut book = story::lawful();
        book.unread[0].told = 2;
        assert_eq!(broken(&book), ["unread: bob is told 2 of c, where 1 are"]);
    }

    #[test]
    fn own_and_deleted_messages_do_not_count() {
        let mut book = story::lawful();
        story::log(&mut book)[1].deleted = true;
        assert_eq!(broken(&book).len(), 1);
        (
            story::log(&mut book)[1].deleted,
            story::log(&mut book)[1].sender,
        ) = (false, "bob".to_owned());
        assert_eq!(broken(&book).len(), 1);
    }
}
