use std::time::Instant;

use super::{Ledger, Outcome, Sent};

/// A send under way. Dropped without an answer it counts as unclear.
#[derive(Debug)]
pub struct Ticket {
    ledger: Ledger,
    sent: Option<Sent>,
}

impl Ticket {
    pub(super) const fn new(ledger: Ledger, sent: Sent) -> Self {
        Self {
            ledger,
            sent: Some(sent),
        }
    }

    /// The answer says that the message stands.
    pub fn acknowledged(self, id: &str, seq: i64) {
        self.end(Outcome::Acknowledged {
            id: id.to_owned(),
            seq,
        });
    }

    /// The answer says that the message does not stand.
    pub fn refused(self) {
        self.end(Outcome::Refused);
    }

    fn end(mut self, outcome: Outcome) {
        if let Some(sent) = &mut self.sent {
            sent.outcome = outcome;
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(mut sent) = self.sent.take() {
            sent.ended = Instant::now();
            self.ledger.sent(sent);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_writes_down_how_its_send_ended() {
        let ledger = Ledger::default();
        ledger.begin("c", "alice", "1").acknowledged("m", 1);
        ledger.begin("c", "alice", "2").refused();
        drop(ledger.begin("c", "alice", "3"));
        let outcomes: Vec<_> = ledger
            .book()
            .sent
            .into_iter()
            .map(|sent| sent.outcome)
            .collect();
        assert_eq!(
            outcomes,
            [
                Outcome::Acknowledged {
                    id: "m".to_owned(),
                    seq: 1
                },
                Outcome::Refused,
                Outcome::Unclear
            ]
        );
        assert_eq!(ledger.acknowledged(), 1);
    }
}
