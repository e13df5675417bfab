use std::time::Instant;

use super::{HistoryRecorder, Outcome, Sent};

/// A send in progress. Dropped without an outcome, it is recorded as unclear.
#[derive(Debug)]
pub struct Operation {
    recorder: HistoryRecorder,
    sent: Option<Sent>,
}

impl Operation {
    pub(super) const fn new(recorder: HistoryRecorder, sent: Sent) -> Self {
        Self {
            recorder,
            sent: Some(sent),
        }
    }

    /// Records an acknowledgement.
    pub fn acknowledged(self, id: &str, seq: i64) {
        self.end(Outcome::Acknowledged {
            id: id.to_owned(),
            seq,
        });
    }

    /// Records a rejection.
    pub fn refused(self) {
        self.end(Outcome::Refused);
    }

    fn end(mut self, outcome: Outcome) {
        if let Some(sent) = &mut self.sent {
            sent.outcome = outcome;
        }
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        if let Some(mut sent) = self.sent.take() {
            sent.ended = Instant::now();
            self.recorder.sent(sent);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_records_its_outcome() {
        let recorder = HistoryRecorder::default();
        recorder.begin("c", "alice", "1").acknowledged("m", 1);
        recorder.begin("c", "alice", "2").refused();
        drop(recorder.begin("c", "alice", "3"));
        let outcomes: Vec<_> = recorder
            .history()
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
        assert_eq!(recorder.acknowledged(), 1);
    }
}
