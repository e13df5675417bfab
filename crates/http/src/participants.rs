//! Participants of a conversation: `/v1/conversations/{conversation}/participants`, `join` and `leave`.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use base::{Error, Result, limit};
use domain::auth::AuthContext;
use domain::messaging::{
    self, Access, Receipts, Role, join, leave, open, set_role, visible_receipts,
};
use wire::{ListResponse, NewParticipants, Page, Participant, ParticipantPatch, UserId};

use crate::cursor::ListCursors;
use crate::error::ApiResult;
use crate::extract::{Body, ConversationPath, PageQuery, ParticipantPath, Query};
use crate::page;
use crate::routes::{Routes, routes};
use crate::state::AppState;

/// List participants
///
/// Returns the participants. In conversations of at most 100 participants each has `read_seq` and
/// `delivered_seq`; both are 0 if a block separates that user from the acting user. Requires
/// `conversations:read`; users must participate.
#[utoipa::path(
    get, path = "/v1/conversations/{conversation}/participants", tag = "participants",
    params(("conversation" = wire::schema::Named, Path), PageQuery),
    responses((status = 200, description = "A page of participants.", body = Page<Participant>)),
)]
async fn list_participants(
    State(state): State<AppState>,
    auth: AuthContext,
    ConversationPath(name): ConversationPath,
    Query(page): Query<PageQuery>,
) -> ApiResult<Response> {
    let direction = page.direction();
    let access = open(&auth.tenant, auth.actor, &name).await?;
    let filter = access.conversation.id.to_string();
    let cursors = ListCursors::new(&state, &auth, "list_participants", &filter, direction);
    let after = cursors.decode(page.cursor.as_deref())?;
    page::respond(page.size()?, async |size| {
        let found = messaging::list_participants(
            &auth.tenant,
            auth.actor,
            &name,
            after.clone(),
            direction,
            size,
        )
        .await?;
        let users = state
            .user_map(
                &auth.tenant,
                found.items.iter().map(|participant| participant.user_id),
            )
            .await?;
        let ids: Vec<_> = found
            .items
            .iter()
            .map(|participant| participant.user_id)
            .collect();
        let receipts = receipts(&auth, &access, &ids).await?;
        let convert = |stored| {
            let participant = Participant::of(stored, &users);
            let Some(receipts) = &receipts else {
                return participant;
            };
            let receipt = receipts.get(&participant.user.id).copied();
            participant.with_marks(receipt)
        };
        Ok(cursors.page(&found, found.items.iter().map(convert).collect()))
    })
    .await
}

/// Returns the receipts of participants; `None` in conversations that are too
/// large to show them.
async fn receipts(
    auth: &AuthContext,
    access: &Access,
    users: &[UserId],
) -> Result<Option<HashMap<UserId, Receipts>>> {
    if usize::try_from(access.conversation.participant_count).unwrap_or(usize::MAX)
        > limit::MARKS_SHOWN_PARTICIPANTS
    {
        return Ok(None);
    }
    Ok(Some(visible_receipts(&auth.tenant, access, users).await?))
}

/// Add participants
///
/// Adds up to 100 users to a group or channel. Existing participants are returned unchanged. Fails
/// with 403 `user_banned` if one of them is banned from the conversation. Requires
/// `conversations:write`; users must be an owner or admin of the conversation.
#[utoipa::path(
    post, path = "/v1/conversations/{conversation}/participants", tag = "participants",
    params(("conversation" = wire::schema::Named, Path)), request_body = NewParticipants,
    responses((status = 200, description = "The participants.", body = ListResponse<Participant>)),
)]
async fn add_participants(
    State(state): State<AppState>,
    auth: AuthContext,
    ConversationPath(name): ConversationPath,
    Body(new): Body<NewParticipants>,
) -> ApiResult<Json<ListResponse<Participant>>> {
    if new.participants.is_empty() || new.participants.len() > limit::BATCH {
        let detail = format!("Expected 1 to {} entries.", limit::BATCH);
        return Err(Error::invalid("/participants", detail).into());
    }
    let role = new.role.map_or(Role::Member, Role::from);
    let participants =
        messaging::add_participants(&auth.tenant, auth.actor, &name, &new.participants, role)
            .await?;
    let users = state
        .user_map(
            &auth.tenant,
            participants.iter().map(|participant| participant.user_id),
        )
        .await?;
    Ok(Json(ListResponse {
        data: participants
            .iter()
            .map(|participant| Participant::of(participant, &users))
            .collect(),
    }))
}

/// Update a participant's role
///
/// Changes the role of a participant. Only owners and servers may grant or withdraw the role
/// `owner`. Fails with 409 `last_owner` if the conversation would have no owner. Requires
/// `conversations:write`; users must be an owner or admin of the conversation.
#[utoipa::path(
    patch, path = "/v1/conversations/{conversation}/participants/{user}", tag = "participants",
    params(("conversation" = wire::schema::Named, Path), ("user" = wire::schema::Named, Path)),
    request_body = ParticipantPatch, responses((status = 200, description = "The participant.", body = Participant)),
)]
async fn update_participant(
    State(state): State<AppState>,
    auth: AuthContext,
    ParticipantPath(name, user): ParticipantPath,
    Body(patch): Body<ParticipantPatch>,
) -> ApiResult<Json<Participant>> {
    let participant = set_role(&auth.tenant, auth.actor, &name, &user, patch.role.into()).await?;
    let users = state.user_map(&auth.tenant, [participant.user_id]).await?;
    Ok(Json(Participant::of(&participant, &users)))
}

/// Remove a participant
///
/// Removes a user from a group or channel. They keep read access up to the removal, and none of
/// their messages is accepted after it. Only owners and servers may remove an owner. If a server
/// removes the last owner, the admin who joined first, or else the member who joined first, becomes
/// owner. The last owner cannot remove themselves (409 `last_owner`). Requires
/// `conversations:write`; users must be an owner or admin of the conversation.
#[utoipa::path(
    delete, path = "/v1/conversations/{conversation}/participants/{user}", tag = "participants",
    params(("conversation" = wire::schema::Named, Path), ("user" = wire::schema::Named, Path)),
    responses((status = 204, description = "The participant is removed.")),
)]
async fn remove_participant(
    auth: AuthContext,
    ParticipantPath(name, user): ParticipantPath,
) -> ApiResult<StatusCode> {
    messaging::remove_participant(&auth.tenant, auth.actor, &name, &user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Join a channel
///
/// Adds the acting user to a public channel. The request is idempotent. Fails with 403
/// `user_banned` if the user is banned. Requires `conversations:write` and an acting user.
#[utoipa::path(
    post, path = "/v1/conversations/{conversation}/join", tag = "participants",
    params(("conversation" = wire::schema::Named, Path)),
    responses((status = 200, description = "The participant.", body = Participant)),
)]
async fn join_conversation(
    State(state): State<AppState>,
    auth: AuthContext,
    ConversationPath(name): ConversationPath,
) -> ApiResult<Json<Participant>> {
    let participant = join(&auth.tenant, auth.actor, &name).await?;
    let users = state.user_map(&auth.tenant, [participant.user_id]).await?;
    Ok(Json(Participant::of(&participant, &users)))
}

/// Leave a conversation
///
/// Removes the acting user from a group or channel. They keep read access up to that record. Fails
/// with 409 `last_owner` for the last owner while others participate. Requires
/// `conversations:write` and an acting user.
#[utoipa::path(
    post, path = "/v1/conversations/{conversation}/leave", tag = "participants",
    params(("conversation" = wire::schema::Named, Path)), responses((status = 204, description = "The user has left.")),
)]
async fn leave_conversation(
    auth: AuthContext,
    ConversationPath(name): ConversationPath,
) -> ApiResult<StatusCode> {
    leave(&auth.tenant, auth.actor, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) fn routes() -> Routes {
    routes![
        "participants": "Participants of conversations, their roles, and bans.";
        list_participants: Caller [ConversationsRead],
        add_participants: Caller [ConversationsWrite],
        update_participant: Caller [ConversationsWrite],
        remove_participant: Caller [ConversationsWrite],
        join_conversation: User [ConversationsWrite],
        leave_conversation: User [ConversationsWrite],
    ]
}
