//! Tickets of clients' channels: list, assign, resolve and snooze.

use base::{
    Direction, Error, ErrorCode, Id, IdOrExternalId, PageSize, Patch, Result, Timestamp, limit,
};
use store::{Changes, CommitError, Entity, Json, Page, Position, TenantStore, Update};

use crate::actor::Actor;
use crate::messaging::{self, Conversation, Role, SupportTicket, TicketStatus, ticket_id};
use crate::users::{self, User};
use crate::validation;

/// Order of a list of tickets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TicketOrder {
    /// By the newest message.
    #[default]
    Activity,
    /// By the time that the client has waited.
    Waiting,
    /// By the end of the customer service window.
    Window,
}

/// Filter of a list of tickets.
#[derive(Clone, Debug, Default)]
pub struct TicketFilter {
    /// Returns tickets of this state. Required by the orders other than the newest message.
    pub status: Option<TicketStatus>,
    /// Returns tickets of this assignee.
    pub assignee: Option<Id<User>>,
    /// Order.
    pub order: TicketOrder,
}

/// Changes of a ticket; omitted fields keep their value.
#[derive(Clone, Debug, Default)]
pub struct TicketChanges {
    /// State.
    pub status: Option<TicketStatus>,
    /// The user who works on it.
    pub assignee: Patch<IdOrExternalId<User>>,
    /// Time at which a snoozed ticket opens again.
    pub snoozed_until: Option<Timestamp>,
    /// Complete list of labels.
    pub labels: Option<Vec<String>>,
    /// Expected version.
    pub version: Option<i64>,
}

/// Lists tickets.
///
/// # Errors
/// 400 for a combination without an index.
pub async fn list(
    tenant: &TenantStore,
    filter: &TicketFilter,
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<Page<SupportTicket>> {
    let query = match (filter.order, filter.status, filter.assignee) {
        (TicketOrder::Activity, None, None) => SupportTicket::by_activity.all(),
        (TicketOrder::Activity, Some(status), None) => {
            SupportTicket::by_status.eq(SupportTicket::status, status)
        }
        (TicketOrder::Activity, None, Some(assignee)) => {
            SupportTicket::by_assignee.eq(SupportTicket::assignee_id, assignee)
        }
        (TicketOrder::Waiting, Some(status), None) => {
            SupportTicket::by_waiting.eq(SupportTicket::status, status)
        }
        (TicketOrder::Window, Some(status), None) => {
            SupportTicket::by_window.eq(SupportTicket::status, status)
        }
        _ => {
            return Err(Error::invalid(
                "order",
                "Expected at most one of status and assignee; waiting and window need a status.",
            ));
        }
    };
    let query = query.towards(direction).after(after).limit(size.get());
    Ok(tenant.list(query).await?)
}

/// Returns the ticket of a channel.
///
/// # Errors
/// 404 `ticket_not_found`.
pub async fn get(tenant: &TenantStore, channel: Id<Conversation>) -> Result<Entity<SupportTicket>> {
    tenant
        .get(ticket_id(channel))
        .await?
        .ok_or_else(|| Error::new(ErrorCode::TicketNotFound, "There is no such ticket."))
}

/// Changes a ticket. A new assignee becomes a participant of the channel.
///
/// # Errors
/// 400 if invalid, 404 `ticket_not_found` or `user_not_found`, 409 `version_conflict`.
pub async fn update(
    tenant: &TenantStore,
    channel: Id<Conversation>,
    changes: TicketChanges,
) -> Result<Entity<SupportTicket>> {
    let ticket = get(tenant, channel).await?;
    let mut update = Changes::new();
    let status = changes.status.unwrap_or(ticket.status);
    match (status, changes.snoozed_until) {
        (TicketStatus::Snoozed, Some(until)) => {
            update = update.set(SupportTicket::snoozed_until, until);
        }
        (TicketStatus::Snoozed, None) if ticket.snoozed_until.is_none() => {
            let message = "is required for the status snoozed";
            return Err(Error::invalid("/snoozed_until", message));
        }
        (TicketStatus::Snoozed, None) => {}
        (_, Some(_)) => {
            let message = "is allowed for the status snoozed only";
            return Err(Error::invalid("/snoozed_until", message));
        }
        (_, None) => update = update.clear(SupportTicket::snoozed_until),
    }
    update = update.set(SupportTicket::status, status);
    if let Some(labels) = changes.labels {
        validation::words("/labels", &labels, limit::TICKET_LABELS)?;
        let labels = (!labels.is_empty()).then_some(Json(labels));
        update = update.put(SupportTicket::labels, labels);
    }
    match changes.assignee {
        Patch::Keep => {}
        Patch::Clear => update = update.clear(SupportTicket::assignee_id),
        Patch::Set(name) => {
            let assignee = users::resolve(tenant, &name).await?.id;
            add_to_channel(tenant, channel, assignee).await?;
            update = update.set(SupportTicket::assignee_id, assignee);
        }
    }
    let version = changes.version.unwrap_or(ticket.version);
    let mut batch = tenant.batch();
    batch.update(ticket.id, Update::of(update).expecting_version(version));
    tenant.commit(batch).await?;
    get(tenant, channel).await
}

async fn add_to_channel(
    tenant: &TenantStore,
    channel: Id<Conversation>,
    user: Id<User>,
) -> Result<()> {
    let channel = IdOrExternalId::Id(channel);
    let users = [IdOrExternalId::Id(user)];
    messaging::add_participants(tenant, Actor::Server, &channel, &users, Role::Member)
        .await
        .map(drop)
}

/// Opens a snoozed ticket whose time has come.
///
/// # Errors
/// When the store is unavailable.
pub async fn wake(tenant: &TenantStore, id: Id<SupportTicket>) -> Result<()> {
    let now = tenant.context().now();
    let is_due =
        |ticket: &Entity<SupportTicket>| ticket.snoozed_until.is_some_and(|until| until <= now);
    let Some(ticket) = tenant.get(id).await?.filter(is_due) else {
        return Ok(());
    };
    let changes = Changes::new()
        .set(SupportTicket::status, TicketStatus::Open)
        .clear(SupportTicket::snoozed_until);
    let mut batch = tenant.batch();
    batch.update(id, Update::of(changes).expecting_version(ticket.version));
    match tenant.commit(batch).await {
        // A message has opened it, or another server was faster.
        Ok(()) | Err(CommitError::PreconditionFailed { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
