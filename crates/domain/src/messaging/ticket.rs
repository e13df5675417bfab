//! The ticket of a client's channel: who works on it, and how long the client has waited. It changes
//! in the batches of the messages.

use base::{Id, ObjectId, Timestamp};
use store::{Batch, Changes, Entity, Json, TenantData, Update, collection, string_enum};

use super::collections::Conversation;
use crate::users::User;

string_enum! {
    /// State of a ticket.
    pub enum TicketStatus {
        /// The client waits for an answer.
        Open = "open",
        /// Staff have answered.
        Pending = "pending",
        /// Nothing is to be done until a time.
        Snoozed = "snoozed",
        /// Done; a message of the client opens it again.
        Resolved = "resolved",
    }
}

collection! {
    /// The ticket of a client's channel. Has the id of the channel.
    pub struct SupportTicket: TenantData "support_tickets" {
        /// The channel.
        conversation_id: Id<Conversation>,
        /// The client.
        client_user_id: Id<User>,
        /// The integration from which the client has written last.
        platform_integration_id: Option<ObjectId>,
        /// State of the ticket.
        status: TicketStatus,
        /// The user who works on it.
        assignee_id: Option<Id<User>>,
        /// Time of the client's first message that has no answer.
        waiting_since: Option<Timestamp>,
        /// Time until which the client may be answered freely.
        window_ends_at: Option<Timestamp>,
        /// Time at which a snoozed ticket opens again.
        snoozed_until: Option<Timestamp>,
        /// Time of the newest message.
        last_message_at: Timestamp,
        /// Labels.
        labels: Option<Json<Vec<String>>>,
    }
    due: snoozed_until;
    indexes {
        by_conversation: Unique [conversation_id];
        /// Lists tickets by their newest message.
        by_activity: None [last_message_at];
        /// Lists tickets of a state by their newest message.
        by_status: None [status, last_message_at];
        /// Lists tickets of a state by the time that the client has waited.
        by_waiting: None [status, waiting_since];
        /// Lists tickets of a state by the end of their window.
        by_window: None [status, window_ends_at];
        /// Lists the tickets of an assignee by their newest message.
        by_assignee: None [assignee_id, last_message_at];
        by_client: None [client_user_id];
    }
    personal {
        client_user_id: purge by by_client;
        assignee_id: keep;
    }
}

/// Returns the id of the ticket of a channel.
#[must_use]
pub fn ticket_id(channel: Id<Conversation>) -> Id<SupportTicket> {
    Id::new(channel.object_id())
}

/// Adds the ticket of a new channel to its batch.
pub(super) fn create_ticket(
    batch: &mut Batch<TenantData>,
    conversation_id: Id<Conversation>,
    client_user_id: Id<User>,
) {
    let last_message_at = batch.now();
    batch.insert_as(
        ticket_id(conversation_id),
        SupportTicket {
            conversation_id,
            client_user_id,
            platform_integration_id: None,
            status: TicketStatus::Pending,
            assignee_id: None,
            waiting_since: None,
            window_ends_at: None,
            snoozed_until: None,
            last_message_at,
            labels: None,
        },
    );
}

/// Opens the ticket of a channel in the batch of a client's message. The client waits since the
/// first message without an answer, so the ticket must be the one that was read.
pub(super) fn open_ticket(
    batch: &mut Batch<TenantData>,
    ticket: &Entity<SupportTicket>,
    integration: ObjectId,
    window_ends_at: Timestamp,
) {
    let now = batch.now();
    let window_ends_at = ticket
        .window_ends_at
        .map_or(window_ends_at, |end| end.max(window_ends_at));
    let changes = Changes::new()
        .set(SupportTicket::status, TicketStatus::Open)
        .set(SupportTicket::platform_integration_id, integration)
        .set(
            SupportTicket::waiting_since,
            ticket.waiting_since.unwrap_or(now),
        )
        .set(SupportTicket::window_ends_at, window_ends_at)
        .clear(SupportTicket::snoozed_until)
        .set(SupportTicket::last_message_at, now);
    batch.update(
        ticket.id,
        Update::of(changes).expecting_version(ticket.version),
    );
}

/// Marks the ticket of a channel as answered in the batch of a message of staff.
pub(super) fn answer_ticket(batch: &mut Batch<TenantData>, channel: Id<Conversation>) {
    let changes = Changes::new()
        .set(SupportTicket::status, TicketStatus::Pending)
        .clear(SupportTicket::waiting_since)
        .clear(SupportTicket::snoozed_until)
        .set(SupportTicket::last_message_at, batch.now());
    batch.update(ticket_id(channel), Update::of(changes));
}
