//! Unread counts equal a recount of the log.

use base::limit;

use crate::history::{OperationHistory, Unread};

pub fn violations(history: &OperationHistory) -> Vec<String> {
    let wrong = history.unread.iter().filter_map(|unread| {
        let counted = recount(history, unread);
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

fn recount(history: &OperationHistory, unread: &Unread) -> usize {
    let log = history
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
    use super::super::sample;
    use super::*;

    #[test]
    fn a_count_that_differs_from_the_recount_is_named() {
        let mut history = sample::valid();
        history.unread[0].told = 2;
        assert_eq!(
            violations(&history),
            ["unread: bob is told 2 of c, where 1 are"]
        );
    }

    #[test]
    fn own_and_deleted_messages_do_not_count() {
        let mut history = sample::valid();
        sample::log(&mut history)[1].deleted = true;
        assert_eq!(violations(&history).len(), 1);
        (
            sample::log(&mut history)[1].deleted,
            sample::log(&mut history)[1].sender,
        ) = (false, "bob".to_owned());
        assert_eq!(violations(&history).len(), 1);
    }
}
