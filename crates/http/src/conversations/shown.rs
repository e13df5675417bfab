use base::{Error, Result};
use domain::messaging::ConversationView;
use domain::tenants::Scope;
use wire::Conversation;

use crate::api::Api;
use crate::extract::Caller;
use crate::messages::Own;

/// Conversations as the caller sees them, by at most two statements. A key
/// that may not read messages gets them without their last message.
pub(super) async fn shown(
    api: &Api,
    caller: &Caller,
    mut views: Vec<ConversationView>,
) -> Result<Vec<Conversation>> {
    if caller.require(Scope::MessagesRead).is_err() {
        views.iter_mut().for_each(|view| view.last_message = None);
    }
    let users = api
        .join(
            &caller.tenant,
            views.iter().flat_map(Conversation::users_of),
        )
        .await?;
    let last = views.iter().filter_map(|view| view.last_message.as_ref());
    let mut own = Own::among(caller, last).await?;
    let mut shown = Vec::with_capacity(views.len());
    for view in views {
        let mut conversation = Conversation::seen(view, &users)?;
        if let Some(message) = &mut conversation.last_message {
            message.my_reactions = own.take(message.id);
        }
        shown.push(conversation);
    }
    Ok(shown)
}

/// One conversation as the caller sees it.
pub(super) async fn one(
    api: &Api,
    caller: &Caller,
    view: ConversationView,
) -> Result<Conversation> {
    let shown = shown(api, caller, vec![view]).await?.pop();
    shown
        .ok_or_else(|| Error::internal(std::io::Error::other("one view shows as one conversation")))
}
