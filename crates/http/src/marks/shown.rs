use base::Result;
use domain::messaging::{self, Receipts};
use wire::{ConversationName, MyConversation, Receipt};

use crate::extract::Caller;

/// Raises the acting user's marks and tells what stands then.
pub(super) async fn raised(
    caller: &Caller,
    name: &ConversationName,
    marks: Receipts,
) -> Result<Receipt> {
    let Receipts {
        read_seq,
        delivered_seq,
    } = messaging::mark(&caller.tenant, caller.actor, name, marks).await?;
    let view = messaging::get_conversation(&caller.tenant, caller.actor, name).await?;
    let unread = view
        .mine
        .map_or(0, |mine| MyConversation::from(mine).unread);
    Ok(Receipt {
        conversation_id: view.conversation.id,
        read_seq,
        delivered_seq,
        unread,
    })
}
