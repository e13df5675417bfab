use base::{Failure, Result};
use domain::messaging::{ConversationView, own_reactions};
use wire::Conversation;

use crate::api::Api;
use crate::extract::Caller;

/// Conversations as the caller sees them, by at most two statements.
pub(super) async fn shown(api: &Api, caller: &Caller, views: &[ConversationView]) -> Result<Vec<Conversation>> {
    let users = api.join(&caller.tenant, views.iter().flat_map(Conversation::users_of)).await?;
    let mut shown = views.iter().map(|view| Conversation::seen(view, &users)).collect::<Result<Vec<_>>>()?;
    if let Ok(user) = caller.actor.user() {
        let last = views.iter().filter_map(|view| view.last_message.as_ref());
        let mut own = own_reactions(&caller.tenant, user, last).await?;
        for message in shown.iter_mut().filter_map(|shown| shown.last_message.as_mut()) {
            message.my_reactions = Some(own.remove(&message.id).unwrap_or_default());
        }
    }
    Ok(shown)
}

/// One conversation as the caller sees it.
pub(super) async fn one(api: &Api, caller: &Caller, view: ConversationView) -> Result<Conversation> {
    let shown = shown(api, caller, &[view]).await?.pop();
    shown.ok_or_else(|| Failure::internal(std::io::Error::other("one view shows as one conversation")))
}
