use base::{Id, Timestamp};
use store::collection;

use crate::messaging::collections::Conversation;
use crate::users::User;

collection! {
    /// Says that a user may not take part in a group or channel.
    pub struct Ban: TenantData "conversation_bans" {
        /// The conversation.
        conversation_id: Id<Conversation>,
        /// Who may not take part.
        user_id: Id<User>,
        /// Who says so, when it was a user.
        banned_by: Option<Id<User>>,
        /// Why; for those who may lift it.
        reason: Option<String>,
        /// When it ends by itself; [`Ban::FOREVER`] if it does not.
        expires_at: Timestamp,
    }
    expires: expires_at;
    shard_by: [conversation_id];
    indexes {
        by_conversation: Unique [conversation_id, user_id];
        by_user: None [user_id, conversation_id];
    }
    personal {
        user_id: purge by by_user;
        banned_by: keep;
    }
}

impl Ban {
    /// The end of a ban that does not end by itself: 9999-12-31.
    pub const FOREVER: Timestamp = Timestamp::from_millis(253_402_214_400_000);

    /// When it ends by itself, if it does.
    #[must_use]
    pub fn ends_at(&self) -> Option<Timestamp> {
        (self.expires_at != Self::FOREVER).then_some(self.expires_at)
    }
}
