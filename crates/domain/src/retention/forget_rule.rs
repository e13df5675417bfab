use base::Id;
use store::{Batch, TenantData};

use super::Whose;
use crate::messaging::Conversation;

/// Removes the rule of a conversation that goes with it, if there is one.
pub(crate) fn forget_rule(batch: &mut Batch<TenantData>, conversation: Id<Conversation>) {
    batch.remove(Whose::Conversation(conversation).id(), false);
}
