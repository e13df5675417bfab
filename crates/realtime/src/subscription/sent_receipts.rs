use std::collections::HashMap;

use base::Id;
use domain::messaging::Receipts;
use domain::users::User;

/// The receipts sent to the current subscribers. Change events may be duplicate, late
/// and lower than the stored receipt.
#[derive(Default)]
pub(super) struct SentReceipts(HashMap<Id<User>, Receipts>);

/// The receipts of one user that advanced.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Advanced {
    pub(super) read: Option<i64>,
    /// Set only above the read receipt, which implies delivery.
    pub(super) delivered: Option<i64>,
}

impl SentReceipts {
    /// Records a user's receipts and returns those that were not sent yet.
    pub(super) fn advance(&mut self, user: Id<User>, receipts: Receipts) -> Advanced {
        let sent = self.0.entry(user).or_default();
        let read = (receipts.read_seq > sent.read_seq).then_some(receipts.read_seq);
        sent.read_seq = sent.read_seq.max(receipts.read_seq);
        let before = sent.delivered_seq.max(sent.read_seq);
        let delivered = (receipts.delivered_seq > before).then_some(receipts.delivered_seq);
        sent.delivered_seq = before.max(receipts.delivered_seq);
        Advanced { read, delivered }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipt_sent_before_is_not_sent_again() {
        let mut sent = SentReceipts::default();
        let user = Id::new(base::ObjectId([1; 12]));
        let mut advance = |read_seq, delivered_seq| {
            let Advanced { read, delivered } = sent.advance(
                user,
                Receipts {
                    read_seq,
                    delivered_seq,
                },
            );
            (read, delivered)
        };
        assert_eq!(advance(0, 3), (None, Some(3)));
        assert_eq!(advance(2, 3), (Some(2), None));
        assert_eq!(advance(2, 3), (None, None));
        assert_eq!(advance(5, 5), (Some(5), None));
        assert_eq!(advance(4, 4), (None, None));
        assert_eq!(advance(4, 9), (None, Some(9)));
    }
}
