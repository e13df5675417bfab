use base::Id;
use store::{Batch, TenantData};

use super::RetentionSubject;
use crate::messaging::Conversation;

/// Removes the rule of a conversation that goes with it, if there is one.
pub(crate) fn forget_rule(batch: &mut Batch<TenantData>, conversation: Id<Conversation>) {
    batch.remove(RetentionSubject::Conversation(conversation).id(), false);
}
