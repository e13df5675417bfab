use domain::messaging as rooms;
use store::Entity;

use super::UserMap;
use crate::Participant;

impl Participant {
    /// A stored participant, the user joined, without marks.
    #[must_use]
    pub fn of(participant: &Entity<rooms::Participant>, users: &UserMap) -> Self {
        Self {
            user: users.card(participant.user_id),
            role: participant.role.into(),
            joined_seq: participant.joined_seq.get(),
            joined_at: participant.joined_at,
            left_seq: participant
                .left_seq
                .filter(|_| !participant.is_active)
                .map(store::Seq::get),
            read_seq: None,
            delivered_seq: None,
            changed_seq: participant.changed_seq.get(),
            version: participant.version,
        }
    }

    /// Also how far the user has come.
    #[must_use]
    pub fn with_marks(mut self, marks: Option<rooms::Receipts>) -> Self {
        let marks = marks.unwrap_or_default();
        (self.read_seq, self.delivered_seq) = (Some(marks.read_seq), Some(marks.delivered_seq));
        self
    }
}
