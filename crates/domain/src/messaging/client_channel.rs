//! Channels of clients: private channels of one client and staff. A platform such as WhatsApp
//! carries their messages.

use base::{
    Direction, Error, ErrorCode, Id, IdOrExternalId, ObjectId, PageSize, Result, Timestamp,
};
use store::{Batch, Column, Page, Position, Seq, TenantData, TenantStore, collection, string_enum};

use super::access::open;
use super::collections::{Conversation, Message};
use super::message::Draft;
use super::permissions::PostPermission;
use super::ticket::answer_ticket;
use crate::actor::Actor;
use crate::leases::Work;
use crate::users::User;

/// Message type of an approved template of the platform. Only templates may be sent outside the
/// customer service window.
pub const TEMPLATE_TYPE: &str = "template";

string_enum! {
    /// Platform from which a message was received.
    pub enum MessageSource {
        /// WhatsApp.
        Whatsapp = "whatsapp",
        /// Instagram.
        Instagram = "instagram",
    }
}

string_enum! {
    /// Readers of a message.
    pub enum Audience {
        /// Staff: all participants of a client's channel except the client.
        Staff = "staff",
    }
}

string_enum! {
    /// Delivery state of a message as reported by a platform, in ascending order.
    pub enum PlatformStatus {
        /// Accepted by the platform.
        Sent = "sent",
        /// Rejected by the platform, or given up.
        Failed = "failed",
        /// Received by a device of the client.
        Delivered = "delivered",
        /// Read by the client.
        Read = "read",
    }
}

string_enum! {
    /// State of an outbound message.
    pub enum OutboundState {
        /// To be sent.
        Pending = "pending",
        /// An attempt has started and its result is not stored.
        Sending = "sending",
        /// An attempt had no clear result; a status of the platform decides.
        Unknown = "unknown",
    }
}

collection! {
    /// Message that a platform knows under an id of its own. Written in the batch of a received
    /// message, so that no message is stored twice.
    pub struct ExternalMessage: TenantData "external_messages" {
        /// The integration.
        platform_integration_id: ObjectId,
        /// Id of the message at the platform.
        external_message_id: String,
        /// The conversation.
        conversation_id: Id<Conversation>,
        /// The message.
        message_id: Id<Message>,
        /// The client.
        user_id: Id<User>,
    }
    indexes {
        by_external_id: Unique [platform_integration_id, external_message_id];
        /// Finds the ids of a message, and the messages of a conversation.
        by_message: None [conversation_id, message_id];
        by_user: None [user_id];
    }
    personal {
        user_id: purge by by_user;
    }
}

collection! {
    /// Delivery status of a message for one user, where a platform reports it. Never goes backward.
    pub struct MessageUserStatus: TenantData "message_user_status" {
        /// The conversation.
        conversation_id: Id<Conversation>,
        /// The message.
        message_id: Id<Message>,
        /// The client.
        user_id: Id<User>,
        /// The status.
        status: PlatformStatus,
        /// Time of the status at the platform.
        changed_at: Timestamp,
        /// Why the message could not be delivered.
        reason: Option<String>,
    }
    indexes {
        by_message: Unique [message_id, user_id];
        by_conversation: None [conversation_id];
        by_user: None [user_id];
    }
    personal {
        user_id: purge by by_user;
    }
}

collection! {
    /// Message to be sent to the platform of a client. Removed once its outcome is known.
    pub struct OutboundMessage: TenantData "outbound_messages" {
        /// The conversation.
        conversation_id: Id<Conversation>,
        /// The message.
        message_id: Id<Message>,
        /// The client.
        user_id: Id<User>,
        /// Sequence number of the message; messages of a conversation are sent in this order.
        seq: Seq,
        /// State of the message.
        state: OutboundState,
        /// Time of the next attempt; while leased, the end of the lease.
        due_at: Option<Timestamp>,
        /// Number of leases.
        attempts: i64,
    }
    due: due_at;
    indexes {
        by_conversation: Unique [conversation_id, seq];
        by_message: Unique [message_id];
        by_user: None [user_id];
    }
    personal {
        user_id: purge by by_user, exported: false;
    }
}

impl Work for OutboundMessage {
    const DUE: Column<Self, Timestamp> = Self::due_at;
    const ATTEMPTS: Column<Self, i64> = Self::attempts;
}

/// Client of a channel, as read with the permission to post.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClientChannel {
    client: Id<User>,
    window_ends_at: Option<Timestamp>,
}

impl ClientChannel {
    /// Returns the client of a conversation; `None` if it is not a client's channel.
    pub(super) fn of(conversation: &Conversation) -> Option<Self> {
        Some(Self {
            client: conversation.client_user_id?,
            window_ends_at: conversation.window_ends_at,
        })
    }
}

impl PostPermission {
    /// Rejects a message of staff that the platform would reject, because the client has not
    /// written for too long.
    ///
    /// # Errors
    /// 409 `outside_service_window`.
    pub(super) fn require_window(&self, now: Timestamp, draft: &Draft) -> Result<()> {
        let Some(channel) = self.client.filter(|channel| channel.client != self.user) else {
            return Ok(());
        };
        if draft.audience.is_some() {
            return Ok(());
        }
        let is_closed = channel.window_ends_at.is_some_and(|end| end <= now);
        if is_closed && draft.message_type() != TEMPLATE_TYPE {
            return Err(Error::new(
                ErrorCode::OutsideServiceWindow,
                "The client has not written for 24 hours; send a message of the type template.",
            ));
        }
        Ok(())
    }

    /// Returns the client to whose platform a message of this permission is sent.
    pub(super) fn outbound_to(&self, draft: &Draft) -> Option<Id<User>> {
        let channel = self.client.filter(|_| draft.audience.is_none())?;
        (channel.client != self.user).then_some(channel.client)
    }

    /// Returns the client who may not read a note.
    ///
    /// # Errors
    /// 400 if the draft is a note that the user may not write here.
    pub(super) fn note_about(&self, draft: &Draft) -> Result<Option<Id<User>>> {
        if draft.audience.is_none() {
            return Ok(None);
        }
        let channel = self.client.filter(|channel| channel.client != self.user);
        let Some(channel) = channel else {
            let message = "is allowed for staff in a client's channel only";
            return Err(Error::invalid("/audience", message));
        };
        if draft.thread_id.is_some() || !draft.attachments.is_empty() {
            let message = "notes have neither attachments nor a thread";
            return Err(Error::invalid("/audience", message));
        }
        Ok(Some(channel.client))
    }
}

impl Message {
    /// Returns the user who may not read the message although they participate. All reads of
    /// messages and records apply it.
    #[must_use]
    pub fn hidden_from(&self) -> Option<Id<User>> {
        self.audience.and(self.user_id)
    }
}

/// Returns the notes of staff in a conversation.
///
/// # Errors
/// 403 `forbidden` for the client, 404 `conversation_not_found`, 403 `not_a_participant`.
pub async fn notes(
    tenant: &TenantStore,
    actor: Actor,
    conversation: &IdOrExternalId<Conversation>,
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<Page<Message>> {
    let access = open(tenant, actor, conversation).await?;
    access.require_present()?;
    let client = access.conversation.client_user_id;
    if client.is_some_and(|client| actor == Actor::User(client)) {
        return Err(Error::new(
            ErrorCode::Forbidden,
            "Only staff can read notes.",
        ));
    }
    let (from, to) = access.readable()?;
    let query = Message::by_audience
        .eq(Message::conversation_id, access.conversation.id)
        .eq(Message::audience, Audience::Staff)
        .between(Message::seq, from, to);
    let query = query.towards(direction).after(after).limit(size.get());
    Ok(tenant.list(query).await?)
}

/// Adds the outbound message of a message to its batch, and marks the ticket as answered.
pub(super) fn put_outbound(
    batch: &mut Batch<TenantData>,
    conversation_id: Id<Conversation>,
    message_id: Id<Message>,
    user_id: Id<User>,
) {
    answer_ticket(batch, conversation_id);
    let due_at = Some(batch.now());
    batch.insert(OutboundMessage {
        conversation_id,
        message_id,
        user_id,
        seq: Seq::Assigned,
        state: OutboundState::Pending,
        due_at,
        attempts: 0,
    });
}
