//! Conversations and their logs: `/v1/conversations`.

use std::ops::Bound;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use base::{Error, ExternalId, Id, IdOrExternalId, Result, limit};
use domain::auth::AuthContext;
use domain::messaging;
use domain::messaging::{
    TenantFilter, conversation_views, create, create_once, list_all_conversations as list_all,
    list_conversations as list_of_user, read_log, require_naming,
};
use domain::users::User;
use serde::Deserialize;
use utoipa::IntoParams;
use wire::{
    Conversation, ConversationPatch, ConversationType, LogPage, NewConversation, Page, Record,
};

use crate::cursor::ListCursors;
use crate::error::ApiResult;
use crate::extract::{
    Body, ConversationPath, IdempotencyKey, LogQuery, PageQuery, Paged, Query, RawBody,
};
use crate::page;
use crate::render::{self, created_or_ok, replay_headers};
use crate::routes::{Routes, routes};
use crate::state::AppState;

/// Filter of a list of conversations.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ConversationQuery {
    /// Returns conversations of this type, newest first.
    r#type: Option<ConversationType>,
    /// Returns conversations whose `external_id` begins with this text, sorted by `external_id`.
    #[param(value_type = Option<wire::schema::ExternalId>, example = "order-")]
    external_id_prefix: Option<ExternalId>,
    /// Returns conversations in which this user participates, by last activity: an id, or `ext:`
    /// and an external id.
    #[param(value_type = Option<wire::schema::Named>, example = "ext:alice")]
    participant: Option<IdOrExternalId<User>>,
}

/// A list of conversations.
enum ConversationList {
    /// Those in which a user participates, by last activity.
    OfUser(Id<User>),
    /// Those of the tenant.
    OfTenant(TenantFilter),
}

impl ConversationQuery {
    /// Returns the list that the caller requests.
    async fn list(&self, state: &AppState, auth: &AuthContext) -> Result<ConversationList> {
        let given = [
            ("type", self.r#type.is_some()),
            ("external_id_prefix", self.external_id_prefix.is_some()),
            ("participant", self.participant.is_some()),
        ];
        let mut given = given
            .into_iter()
            .filter_map(|(name, is_given)| is_given.then_some(name));
        if let Ok(user) = auth.actor.user() {
            return match given.next() {
                None => Ok(ConversationList::OfUser(user)),
                Some(name) => Err(Error::invalid(name, "must be absent for a user")),
            };
        }
        if let Some(name) = given.nth(1) {
            let detail = "Expected at most one of type, external_id_prefix and participant.";
            return Err(Error::invalid(name, detail));
        }
        if let Some(user) = &self.participant {
            let user = state.user_cache().resolve(&auth.tenant, user).await?;
            return Ok(ConversationList::OfUser(user.id));
        }
        let prefix = self
            .external_id_prefix
            .clone()
            .map(TenantFilter::ExternalIdPrefix);
        let of_type = self.r#type.map(|kind| TenantFilter::OfType(kind.into()));
        Ok(ConversationList::OfTenant(
            prefix.or(of_type).unwrap_or(TenantFilter::All),
        ))
    }
}

/// List conversations
///
/// With an acting user, returns the conversations in which the user participates, by last activity.
/// Each has its last message, the user's receipts and the number of unread messages. An API key
/// without an acting user gets all conversations of the tenant, newest first, or those that match
/// one of the filters `type`, `external_id_prefix` and `participant`; users cannot filter. Requires
/// `conversations:read`; without `messages:read` the last message is omitted.
#[utoipa::path(
    get, path = "/v1/conversations", tag = "conversations", params(ConversationQuery, PageQuery),
    responses((status = 200, description = "A page of conversations.", body = Page<Conversation>)),
)]
async fn list_conversations(
    State(state): State<AppState>,
    auth: AuthContext,
    Paged(query, page): Paged<ConversationQuery>,
) -> ApiResult<Response> {
    let list = query.list(&state, &auth).await?;
    let filter = match &list {
        ConversationList::OfUser(user) => user.to_string(),
        ConversationList::OfTenant(filter) => format!("{filter:?}"),
    };
    let direction = page.direction();
    let cursors = ListCursors::new(&state, &auth, "list_conversations", &filter, direction);
    let cursor = page.cursor.as_deref();
    let size = page.size()?;
    match list {
        ConversationList::OfUser(user) => {
            let after = cursors.decode_activity(cursor)?;
            page::respond(size, async |size| {
                let mut found =
                    list_of_user(&auth.tenant, auth.actor, user, after, direction, size).await?;
                let views = std::mem::take(&mut found.views);
                let data = render::conversations(&state, &auth, views).await?;
                Ok(cursors.activity_page(&found, data))
            })
            .await
        }
        ConversationList::OfTenant(filter) => {
            let after = cursors.decode(cursor)?;
            page::respond(size, async |size| {
                let after = after.clone();
                let mut found = list_all(&auth.tenant, &filter, after, direction, size).await?;
                let items = std::mem::take(&mut found.items);
                let views = conversation_views(&auth.tenant, items).await?;
                let data = render::conversations(&state, &auth, views).await?;
                Ok(cursors.page(&found, data))
            })
            .await
        }
    }
}

/// Create a conversation
///
/// Creates a direct conversation, a group or a channel. Returns the existing conversation with 200
/// if one has the same `external_id`, or if it is a direct conversation of the same two users. The
/// user who creates a group or channel owns it. A request with a user token may set `external_id`
/// only if the setting `users_set_external_ids` is on; otherwise it fails with 403 `forbidden`.
/// With an `Idempotency-Key`, a repeated request returns the first result with
/// `Idempotent-Replayed: true`. Requires `conversations:write`.
#[utoipa::path(
    post, path = "/v1/conversations", tag = "conversations",
    params(("Idempotency-Key" = Option<wire::schema::IdempotencyKey>, Header)), request_body = NewConversation,
    responses(
        (status = 201, description = "The created conversation.", body = Conversation),
        (status = 200, description = "The existing conversation.", body = Conversation),
    ),
)]
async fn create_conversation(
    State(state): State<AppState>,
    auth: AuthContext,
    IdempotencyKey(key): IdempotencyKey,
    RawBody(new, text): RawBody<NewConversation>,
) -> ApiResult<(StatusCode, HeaderMap, Json<Conversation>)> {
    let new: domain::messaging::NewConversation = new.into();
    if !auth.has_api_key() {
        require_naming(&auth.tenant, &new).await?;
    }
    let (created, is_replayed) = match key {
        None => (create(&auth.tenant, auth.actor, new).await?, false),
        Some(key) => {
            let attempt = state.attempt(&auth, &key, &[b"create_conversation", &text])?;
            create_once(&auth.tenant, auth.actor, new, &attempt).await?
        }
    };
    let status = created_or_ok(!created.existed);
    Ok((
        status,
        replay_headers(is_replayed),
        Json(render::conversation(&state, &auth, created.view).await?),
    ))
}

/// Get a conversation
///
/// Returns a conversation. Users may read the conversations in which they participate or
/// participated, and public channels. Former participants get the conversation as it was when they
/// left: without `participant_count`, and without name, avatar and metadata if these changed since.
/// Requires `conversations:read`; without `messages:read` the last message is omitted.
#[utoipa::path(
    get, path = "/v1/conversations/{conversation}", tag = "conversations",
    params(("conversation" = wire::schema::Named, Path)),
    responses((status = 200, description = "The conversation.", body = Conversation)),
)]
async fn get_conversation(
    State(state): State<AppState>,
    auth: AuthContext,
    ConversationPath(name): ConversationPath,
) -> ApiResult<Json<Conversation>> {
    let view = messaging::get_conversation(&auth.tenant, auth.actor, &name).await?;
    Ok(Json(render::conversation(&state, &auth, view).await?))
}

/// Update a conversation
///
/// Updates the given fields; omitted fields keep their value, and `null` clears a field. Fails with
/// 409 `version_conflict` if `version` is given and is not the current one. Requires
/// `conversations:write`; users must be an owner or admin of the conversation.
#[utoipa::path(
    patch, path = "/v1/conversations/{conversation}", tag = "conversations",
    params(("conversation" = wire::schema::Named, Path)), request_body = ConversationPatch,
    responses((status = 200, description = "The conversation.", body = Conversation)),
)]
async fn update_conversation(
    State(state): State<AppState>,
    auth: AuthContext,
    ConversationPath(name): ConversationPath,
    Body(patch): Body<ConversationPatch>,
) -> ApiResult<Json<Conversation>> {
    let view =
        messaging::update_conversation(&auth.tenant, auth.actor, &name, patch.into()).await?;
    Ok(Json(render::conversation(&state, &auth, view).await?))
}

/// Delete a conversation
///
/// Deletes the conversation for all participants and frees its `external_id`. Fails with 409
/// `legal_hold` if a legal hold applies. Requires `conversations:write`; users must be an owner of
/// the conversation.
#[utoipa::path(
    delete, path = "/v1/conversations/{conversation}", tag = "conversations",
    params(("conversation" = wire::schema::Named, Path)), responses((status = 204, description = "The conversation is deleted.")),
)]
async fn delete_conversation(
    auth: AuthContext,
    ConversationPath(name): ConversationPath,
) -> ApiResult<StatusCode> {
    messaging::delete_conversation(&auth.tenant, auth.actor, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Get a conversation's log
///
/// Returns the records of a conversation after `after`, oldest first and without gaps. Clients
/// without a connection use it to catch up. Records that the caller may not see have the type
/// `hidden`. Former participants get the log up to the record with which they left, with contents
/// as of then. Requires `messages:read` and `conversations:read`.
#[utoipa::path(
    get, path = "/v1/conversations/{conversation}/log", tag = "conversations",
    params(("conversation" = wire::schema::Named, Path), LogQuery),
    responses((status = 200, description = "The records.", body = LogPage)),
)]
async fn get_log(
    State(state): State<AppState>,
    auth: AuthContext,
    ConversationPath(name): ConversationPath,
    Query(query): Query<LogQuery>,
) -> ApiResult<Json<LogPage>> {
    let after = query.after()?;
    let part = read_log(
        &auth.tenant,
        auth.actor,
        &name,
        after,
        Bound::Unbounded,
        query.size()?,
    )
    .await?;
    let user_ids = part
        .events
        .iter()
        .flat_map(|record| Record::users_of(&record.event));
    let users = state.user_map(&auth.tenant, user_ids).await?;
    let (data, is_cut) = limit_bytes(
        part.events
            .into_iter()
            .map(|record| Record::of(record, &users)),
    )?;
    let to = data.last().map_or(after, |record| record.seq);
    Ok(Json(LogPage {
        data,
        to,
        has_more: part.more || is_cut,
    }))
}

/// Returns the first records within [`limit::RANGE_BYTES`] of JSON, at least
/// one, and whether records were cut off.
fn limit_bytes(records: impl Iterator<Item = Result<Record>>) -> Result<(Vec<Record>, bool)> {
    let mut kept = Vec::new();
    let mut bytes = 0;
    for record in records {
        let record = record?;
        bytes += serde_json::to_vec(&record).map_err(Error::internal)?.len();
        if bytes > limit::RANGE_BYTES && !kept.is_empty() {
            return Ok((kept, true));
        }
        kept.push(record);
    }
    Ok((kept, false))
}

pub(crate) fn routes() -> Routes {
    routes![
        "conversations": "Direct conversations, groups and channels.";
        list_conversations: Caller [ConversationsRead],
        create_conversation: Caller [ConversationsWrite],
        get_conversation: Caller [ConversationsRead],
        update_conversation: Caller [ConversationsWrite],
        delete_conversation: Caller [ConversationsWrite],
        get_log: Caller [MessagesRead, ConversationsRead],
    ]
}
