use base::{Error, Result};
use domain::messaging::Message as Stored;
use store::Entity;
use wire::Message;

use super::own::Own;
use crate::api::Api;
use crate::extract::Caller;

/// Messages as the caller sees them, by at most two statements.
pub(crate) async fn shown(
    api: &Api,
    caller: &Caller,
    messages: Vec<Entity<Stored>>,
) -> Result<Vec<Message>> {
    let users = api
        .join(
            &caller.tenant,
            messages.iter().filter_map(|message| message.sender_id),
        )
        .await?;
    let mut own = Own::among(caller, &messages).await?;
    let mut shown = Vec::with_capacity(messages.len());
    for message in messages {
        let my_reactions = own.take(message.id);
        shown.push(Message {
            my_reactions,
            ..Message::of(message, &users)?
        });
    }
    Ok(shown)
}

/// A message as its sender sees it that was just written, so that nobody has
/// reacted to it.
pub(crate) async fn fresh(api: &Api, caller: &Caller, message: Entity<Stored>) -> Result<Message> {
    let users = api.join(&caller.tenant, message.sender_id).await?;
    let mut shown = Message::of(message, &users)?;
    shown.my_reactions = caller.actor.user().ok().map(|_| Vec::new());
    Ok(shown)
}

/// One message as the caller sees it.
pub(crate) async fn one(api: &Api, caller: &Caller, message: Entity<Stored>) -> Result<Message> {
    let shown = shown(api, caller, vec![message]).await?.pop();
    shown.ok_or_else(|| Error::internal(std::io::Error::other("one message shows as one")))
}
