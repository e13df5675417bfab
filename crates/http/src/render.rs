//! Conversion of stored objects to responses, with the users and reactions that
//! they show.

use std::collections::{BTreeMap, HashSet};

use axum::http::{HeaderMap, HeaderValue, StatusCode};
use base::{Error, Id, Result};
use domain::auth::AuthContext;
use domain::messaging::{self, ConversationView, load_file_details, own_reactions};
use domain::tenants::Scope;
use store::{Entity, TenantStore};
use wire::{Conversation, Message, UserId, UserMap, UserSummary};

use crate::state::AppState;

/// Returns 201 for a created object, 200 for an existing one.
pub(crate) fn created_or_ok(is_created: bool) -> StatusCode {
    if is_created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    }
}

/// Returns the header of a replayed response, or none.
pub(crate) fn replay_headers(is_replayed: bool) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if is_replayed {
        headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    }
    headers
}

impl AppState {
    /// Reads the summaries of the users that a response shows, with at most one statement.
    ///
    /// # Errors
    /// 503 if the store is unavailable.
    pub(crate) async fn user_map(
        &self,
        tenant: &TenantStore,
        users: impl IntoIterator<Item = UserId>,
    ) -> Result<UserMap> {
        let users: HashSet<UserId> = users.into_iter().collect();
        let summaries = self.user_cache().of(tenant, users).await?;
        Ok(summaries
            .values()
            .map(|summary| UserSummary::from(&**summary))
            .collect())
    }
}

/// Returns conversations as the caller sees them, with at most three statements.
/// Without `messages:read` their last message is omitted.
pub(crate) async fn conversations(
    state: &AppState,
    auth: &AuthContext,
    mut views: Vec<ConversationView>,
) -> Result<Vec<Conversation>> {
    if auth.require(Scope::MessagesRead).is_err() {
        for view in &mut views {
            view.last_message = None;
        }
    }
    let last_messages = views
        .iter_mut()
        .filter_map(|view| view.last_message.as_mut());
    load_file_details(&auth.tenant, last_messages).await?;
    let user_ids = views.iter().flat_map(Conversation::users_of);
    let users = state.user_map(&auth.tenant, user_ids).await?;
    let last_messages = views.iter().filter_map(|view| view.last_message.as_ref());
    let mut reactions = OwnReactions::read(auth, last_messages).await?;
    let mut conversations = Vec::with_capacity(views.len());
    for view in views {
        let mut conversation = Conversation::seen(view, &users)?;
        if let Some(message) = &mut conversation.last_message {
            message.my_reactions = reactions.take(message.id);
        }
        conversations.push(conversation);
    }
    Ok(conversations)
}

/// Returns a conversation as the caller sees it.
pub(crate) async fn conversation(
    state: &AppState,
    auth: &AuthContext,
    view: ConversationView,
) -> Result<Conversation> {
    let conversation = conversations(state, auth, vec![view]).await?.pop();
    conversation.ok_or_else(|| Error::internal(NoObject))
}

/// Returns messages as the caller sees them, with at most three statements.
pub(crate) async fn messages(
    state: &AppState,
    auth: &AuthContext,
    mut stored: Vec<Entity<messaging::Message>>,
) -> Result<Vec<Message>> {
    load_file_details(&auth.tenant, &mut stored).await?;
    let senders = stored.iter().filter_map(|message| message.sender_id);
    let users = state.user_map(&auth.tenant, senders).await?;
    let mut reactions = OwnReactions::read(auth, &stored).await?;
    let mut messages = Vec::with_capacity(stored.len());
    for message in stored {
        let my_reactions = reactions.take(message.id);
        messages.push(Message {
            my_reactions,
            ..Message::of(message, &users)?
        });
    }
    Ok(messages)
}

/// Returns a message as the caller sees it.
pub(crate) async fn message(
    state: &AppState,
    auth: &AuthContext,
    stored: Entity<messaging::Message>,
) -> Result<Message> {
    let message = messages(state, auth, vec![stored]).await?.pop();
    message.ok_or_else(|| Error::internal(NoObject))
}

/// Returns a message that was just created, which has no reactions, as its sender sees it.
pub(crate) async fn new_message(
    state: &AppState,
    auth: &AuthContext,
    mut stored: Entity<messaging::Message>,
) -> Result<Message> {
    load_file_details(&auth.tenant, [&mut stored]).await?;
    let users = state.user_map(&auth.tenant, stored.sender_id).await?;
    let mut message = Message::of(stored, &users)?;
    message.my_reactions = auth.actor.user().ok().map(|_| Vec::new());
    Ok(message)
}

/// Reactions of the acting user by message; `None` for a server.
struct OwnReactions(Option<BTreeMap<Id<messaging::Message>, Vec<String>>>);

impl OwnReactions {
    /// Reads the reactions to some messages with one statement.
    async fn read(
        auth: &AuthContext,
        messages: impl IntoIterator<Item = &Entity<messaging::Message>>,
    ) -> Result<Self> {
        let Ok(user) = auth.actor.user() else {
            return Ok(Self(None));
        };
        let reactions = own_reactions(&auth.tenant, user, messages).await?;
        Ok(Self(Some(reactions)))
    }

    /// Removes and returns the reactions to a message.
    fn take(&mut self, message: Id<messaging::Message>) -> Option<Vec<String>> {
        let reactions = self.0.as_mut()?;
        Some(reactions.remove(&message).unwrap_or_default())
    }
}

/// Error for one object that was converted to none.
#[derive(Debug, thiserror::Error)]
#[error("one object was converted to none")]
struct NoObject;
