use std::collections::HashMap;

use base::Id;
use domain::messaging::Receipts;
use domain::users::User;

/// The marks that those who follow a conversation were told, for as long as
/// somebody does. What is heard of marks may come twice, late, and be less than
/// what stands.
#[derive(Default)]
pub(super) struct SentReceipts(HashMap<Id<User>, Receipts>);

/// Marks of one user that rose.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Advanced {
    pub(super) read: Option<i64>,
    /// Unless what is read says as much.
    pub(super) delivered: Option<i64>,
}

impl SentReceipts {
    /// What is heard of a user's marks: says what was not told yet.
    pub(super) fn hear(&mut self, user: Id<User>, heard: Receipts) -> Advanced {
        let told = self.0.entry(user).or_default();
        let read = (heard.read_seq > told.read_seq).then_some(heard.read_seq);
        told.read_seq = told.read_seq.max(heard.read_seq);
        let before = told.delivered_seq.max(told.read_seq);
        let delivered = (heard.delivered_seq > before).then_some(heard.delivered_seq);
        told.delivered_seq = before.max(heard.delivered_seq);
        Advanced { read, delivered }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_is_not_told_again_and_nothing_goes_back() {
        let mut told = SentReceipts::default();
        let user = Id::new(base::ObjectId([1; 12]));
        let mut hear = |read_seq, delivered_seq| {
            let Advanced { read, delivered } = told.hear(
                user,
                Receipts {
                    read_seq,
                    delivered_seq,
                },
            );
            (read, delivered)
        };
        assert_eq!(hear(0, 3), (None, Some(3)));
        assert_eq!(hear(2, 3), (Some(2), None));
        assert_eq!(hear(2, 3), (None, None));
        assert_eq!(hear(5, 5), (Some(5), None));
        assert_eq!(hear(4, 4), (None, None));
        assert_eq!(hear(4, 9), (None, Some(9)));
    }
}
