use domain::messaging as rooms;

use super::UserMap;
use crate::{MessageStatus, UnreadTotals};

impl MessageStatus {
    /// How far a message has come with one user.
    #[must_use]
    pub fn of(status: &rooms::MessageStatus, users: &UserMap) -> Self {
        Self {
            user: users.card(status.user),
            status: status.status.into(),
        }
    }
}

impl From<rooms::Unread> for UnreadTotals {
    fn from(unread: rooms::Unread) -> Self {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        Self {
            messages: number(unread.messages),
            conversations: number(unread.conversations),
        }
    }
}
