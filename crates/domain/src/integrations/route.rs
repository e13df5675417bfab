//! Effects of the updates of a platform on the channels of clients.

use base::{ErrorCode, Id, Result, Timestamp, limit};
use store::Entity;

use super::clients::{add_aliases, channel_of, link_of, raise_window};
use super::collections::PlatformIntegration;
use super::inbound_media::fetch;
use super::meta::{InboundMessage, InboundStatus, Sender};
use super::outbound_lane::resolve_unknown;
use super::process::{Outcome, WebhookJob};
use crate::actor::Actor;
use crate::messaging::{
    self, Attachment, Draft, Message, ReceivedMessage, ReportedStatus, advance_platform_status,
    find_external, own_reactions, react, receive, stored_message, unreact,
};
use crate::validation;

impl WebhookJob {
    pub(super) async fn message(
        &self,
        integration: &Entity<PlatformIntegration>,
        message: InboundMessage,
    ) -> Result<Outcome> {
        let tenant = &self.tenant;
        let Some(link) = link_of(tenant, integration, &message.from).await? else {
            return Ok(Outcome::Ignored("the sender has no link"));
        };
        add_aliases(tenant, &link, &message.from).await?;
        let client = link.client_user_id;
        let channel = channel_of(tenant, client, &integration.settings.0.staff).await?;
        let mut draft = message.draft;
        if let Some(replied) = &message.reply_to {
            draft.thread_id = self.replied(integration, replied, channel).await?;
        }
        if let Some(inbound) = &message.media
            && !self.is_known(integration, &message.external_id).await?
        {
            let file = fetch(&self.bridge, tenant, integration, client, inbound).await?;
            draft.attachments.extend(file.map(|file_id| Attachment {
                file_id: Some(file_id),
                ..Attachment::default()
            }));
        }
        let sent_at = message.sent_at;
        let window_ends_at = window_end(sent_at, message.is_from_ad);
        if draft.content.is_none() && draft.attachments.is_empty() {
            let word = draft.r#type.as_deref().unwrap_or("message");
            draft.content = Some(format!("[{word}]"));
        }
        make_storable(&mut draft);
        let received = ReceivedMessage {
            source: integration.platform.source(),
            integration: integration.id.object_id(),
            external_message_id: message.external_id,
            window_ends_at,
            draft,
        };
        let id = receive(tenant, client, channel, received, move |batch| {
            raise_window(batch, link.id, sent_at, window_ends_at);
        })
        .await?;
        Ok(Outcome::Done(Some(client), Some(id)))
    }

    async fn is_known(
        &self,
        integration: &Entity<PlatformIntegration>,
        external_id: &str,
    ) -> Result<bool> {
        let found = find_external(&self.tenant, integration.id.object_id(), external_id).await?;
        Ok(found.is_some())
    }

    /// Returns the root of the thread of the message to which a message replies.
    async fn replied(
        &self,
        integration: &Entity<PlatformIntegration>,
        external_id: &str,
        channel: Id<messaging::Conversation>,
    ) -> Result<Option<Id<Message>>> {
        let found = find_external(&self.tenant, integration.id.object_id(), external_id).await?;
        let found = found.filter(|found| found.conversation_id == channel);
        Ok(found.map(|found| found.message_id))
    }

    pub(super) async fn status(
        &self,
        integration: &Entity<PlatformIntegration>,
        status: InboundStatus,
    ) -> Result<Outcome> {
        let tenant = &self.tenant;
        let known = find_external(tenant, integration.id.object_id(), &status.external_id).await?;
        // The response with the id may not be stored yet: then the message names itself.
        let named = status
            .callback_data
            .as_deref()
            .and_then(|id| id.parse().ok());
        let Some(id) = known.as_ref().map(|known| known.message_id).or(named) else {
            return Ok(Outcome::Later("the message of the status is unknown"));
        };
        let Some(message) = stored_message(tenant, id).await? else {
            return Ok(Outcome::Ignored("the message does not exist"));
        };
        let client = messaging::client_of(tenant, message.conversation_id).await?;
        let Some(client) = client.filter(|client| message.sender_id != Some(*client)) else {
            return Ok(Outcome::Ignored("the message was not sent to a client"));
        };
        let reported = ReportedStatus {
            status: status.status,
            at: status.at,
            reason: status.reason,
        };
        advance_platform_status(tenant, &message, client, &reported, |_| ()).await?;
        if known.is_none() {
            resolve_unknown(
                tenant,
                integration.id,
                &message,
                client,
                &status.external_id,
            )
            .await?;
        }
        Ok(Outcome::Done(Some(client), Some(id)))
    }

    /// Replaces the client's reaction to a message; a person has at most one on these platforms.
    pub(super) async fn reaction(
        &self,
        integration: &Entity<PlatformIntegration>,
        from: &Sender,
        external_id: &str,
        emoji: Option<String>,
    ) -> Result<Outcome> {
        let tenant = &self.tenant;
        let known = find_external(tenant, integration.id.object_id(), external_id).await?;
        let Some(id) = known.map(|known| known.message_id) else {
            return Ok(Outcome::Later("the message of the reaction is unknown"));
        };
        let Some(link) = link_of(tenant, integration, from).await? else {
            return Ok(Outcome::Ignored("the sender has no link"));
        };
        let client = link.client_user_id;
        let actor = Actor::User(client);
        let Some(message) = stored_message(tenant, id).await? else {
            return Ok(Outcome::Ignored("the message does not exist"));
        };
        let mut own = own_reactions(tenant, client, [&message]).await?;
        let own = own.remove(&id).unwrap_or_default();
        for former in own.iter().filter(|former| Some(*former) != emoji.as_ref()) {
            match unreact(tenant, actor, id, former).await {
                Ok(_) => {}
                Err(error) if error.code == ErrorCode::ReactionNotFound => {}
                Err(error) => return Err(error),
            }
        }
        if let Some(emoji) = emoji {
            react(tenant, actor, id, &emoji).await?;
        }
        Ok(Outcome::Done(Some(client), Some(id)))
    }

    /// Deletes a message that the client has deleted at the platform.
    pub(super) async fn deletion(
        &self,
        integration: &Entity<PlatformIntegration>,
        external_id: &str,
    ) -> Result<Outcome> {
        let known = find_external(&self.tenant, integration.id.object_id(), external_id).await?;
        let Some(known) = known else {
            return Ok(Outcome::Later("the deleted message is unknown"));
        };
        let actor = Actor::User(known.user_id);
        messaging::delete_message(&self.tenant, actor, known.message_id).await?;
        Ok(Outcome::Done(Some(known.user_id), Some(known.message_id)))
    }
}

fn window_end(sent_at: Timestamp, is_from_ad: bool) -> Timestamp {
    let seconds = if is_from_ad {
        limit::AD_SERVICE_WINDOW_SECONDS
    } else {
        limit::SERVICE_WINDOW_SECONDS
    };
    sent_at.plus_millis(limit::signed(seconds) * 1_000)
}

/// Leaves out what a message cannot store, so that the rest of it is shown. The journal keeps what
/// the platform sent.
fn make_storable(draft: &mut Draft) {
    draft.metadata = draft
        .metadata
        .take()
        .filter(|metadata| validation::metadata("/metadata", metadata).is_ok());
    if let Some(content) = &mut draft.content {
        let allowed = content.chars().filter(|character| *character != '\0');
        *content = allowed.take(limit::MESSAGE_CHARACTERS).collect();
    }
}
