use base::Id;
use serde_json::json;
use store::{Batch, TenantData};

use crate::activities::{What, note};
use crate::messaging::collections::Conversation;
use crate::users::User;

/// Notes that a user began to take part.
pub fn note_joined(batch: &mut Batch<TenantData>, user: Id<User>, conversation: Id<Conversation>) {
    note(
        batch,
        Some(user),
        What::Joined,
        None,
        &json!({"conversation_id": conversation}),
    );
}
