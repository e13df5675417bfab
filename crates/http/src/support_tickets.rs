//! Tickets of clients' channels: `/v1/support_tickets`.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use base::{Direction, IdOrExternalId};
use domain::Actor;
use domain::auth::AuthContext;
use domain::messaging;
use domain::support::{self, TicketFilter};
use domain::users::{User, resolve};
use serde::Deserialize;
use utoipa::IntoParams;
use wire::{Message, Page, SupportTicket, SupportTicketPatch, TicketOrder, TicketStatus};

use crate::cursor::ListCursors;
use crate::error::ApiResult;
use crate::extract::{Body, ConversationPath, PageQuery, Paged, Query};
use crate::page;
use crate::render;
use crate::routes::{Routes, routes};
use crate::state::AppState;

/// Filter and order of tickets.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TicketQuery {
    /// Returns tickets of this state.
    status: Option<TicketStatus>,
    /// Returns tickets of this assignee.
    #[param(value_type = Option<wire::schema::Named>)]
    assignee: Option<IdOrExternalId<User>>,
    /// Order of the list. `waiting` and `window` require `status`.
    #[serde(default)]
    #[param(inline)]
    order: TicketOrder,
}

/// List support tickets
///
/// Returns the tickets of all clients, or those of a `status` or an `assignee`. By default the newest
/// message comes first; `waiting` begins with the client who has waited longest, `window` with the
/// window that ends first. Requires `integrations:read`.
#[utoipa::path(
    get, path = "/v1/support_tickets", tag = "integrations", params(TicketQuery, PageQuery),
    responses((status = 200, description = "A page of tickets.", body = Page<SupportTicket>)),
)]
async fn list_support_tickets(
    State(state): State<AppState>,
    auth: AuthContext,
    Paged(query, page): Paged<TicketQuery>,
) -> ApiResult<Response> {
    let assignee = match &query.assignee {
        Some(name) => Some(resolve(&auth.tenant, name).await?.id),
        None => None,
    };
    let filter = TicketFilter {
        status: query.status.map(Into::into),
        assignee,
        order: query.order.into(),
    };
    let direction = page.direction_or(match query.order {
        TicketOrder::Activity => Direction::Backward,
        TicketOrder::Waiting | TicketOrder::Window => Direction::Forward,
    });
    let key = format!("{filter:?}");
    let cursors = ListCursors::new(&state, &auth, "list_support_tickets", &key, direction);
    let after = cursors.decode(page.cursor.as_deref())?;
    page::respond(page.size()?, async |size| {
        let found = support::list(&auth.tenant, &filter, size, direction, after.clone()).await?;
        let data = found.items.iter().map(SupportTicket::from).collect();
        Ok(cursors.page(&found, data))
    })
    .await
}

/// Get a support ticket
///
/// Returns the ticket of a client's channel. Requires `integrations:read`.
#[utoipa::path(
    get, path = "/v1/conversations/{conversation}/ticket", tag = "integrations",
    params(("conversation" = wire::schema::Named, Path)),
    responses((status = 200, description = "The ticket.", body = SupportTicket)),
)]
async fn get_support_ticket(
    auth: AuthContext,
    ConversationPath(name): ConversationPath,
) -> ApiResult<Json<SupportTicket>> {
    let access = messaging::open(&auth.tenant, Actor::Server, &name).await?;
    let ticket = support::get(&auth.tenant, access.conversation.id).await?;
    Ok(Json(SupportTicket::from(&ticket)))
}

/// Update a support ticket
///
/// Assigns, releases, resolves, snoozes or reopens the ticket of a client's channel, or sets its
/// labels. A new assignee becomes a participant of the channel. A message of the client opens the
/// ticket again, a message of staff makes it `pending`. Requires `integrations:write`.
#[utoipa::path(
    patch, path = "/v1/conversations/{conversation}/ticket", tag = "integrations",
    params(("conversation" = wire::schema::Named, Path)), request_body = SupportTicketPatch,
    responses((status = 200, description = "The ticket.", body = SupportTicket)),
)]
async fn update_support_ticket(
    auth: AuthContext,
    ConversationPath(name): ConversationPath,
    Body(patch): Body<SupportTicketPatch>,
) -> ApiResult<Json<SupportTicket>> {
    let access = messaging::open(&auth.tenant, Actor::Server, &name).await?;
    let ticket = support::update(&auth.tenant, access.conversation.id, patch.into()).await?;
    Ok(Json(SupportTicket::from(&ticket)))
}

/// List notes
///
/// Returns the notes of staff in a client's channel, newest first by default. Notes are messages with
/// the audience `staff`; they are in the log of the conversation, but not among its messages, and the
/// client does not see them. Requires `messages:read`; users must participate and must not be the
/// client.
#[utoipa::path(
    get, path = "/v1/conversations/{conversation}/notes", tag = "integrations",
    params(("conversation" = wire::schema::Named, Path), PageQuery),
    responses((status = 200, description = "A page of notes.", body = Page<Message>)),
)]
async fn list_notes(
    State(state): State<AppState>,
    auth: AuthContext,
    ConversationPath(name): ConversationPath,
    Query(page): Query<PageQuery>,
) -> ApiResult<Response> {
    let direction = page.direction_or(Direction::Backward);
    let access = messaging::open(&auth.tenant, auth.actor, &name).await?;
    let filter = access.conversation.id.to_string();
    let cursors = ListCursors::new(&state, &auth, "list_notes", &filter, direction);
    let after = cursors.decode(page.cursor.as_deref())?;
    page::respond(page.size()?, async |size| {
        let notes = messaging::notes(
            &auth.tenant,
            auth.actor,
            &name,
            size,
            direction,
            after.clone(),
        );
        let mut found = notes.await?;
        let items = std::mem::take(&mut found.items);
        let data = render::messages(&state, &auth, items).await?;
        Ok(cursors.page(&found, data))
    })
    .await
}

pub(crate) fn routes() -> Routes {
    routes![
        list_notes: Caller [MessagesRead],
        list_support_tickets: Server [IntegrationsRead],
        get_support_ticket: Server [IntegrationsRead],
        update_support_ticket: Server [IntegrationsWrite],
    ]
}
