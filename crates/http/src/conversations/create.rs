use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use domain::messaging::{create, create_once, require_naming};
use wire::{Conversation, NewConversation};

use super::shown::one;
use crate::api::Api;
use crate::extract::{Caller, IdempotencyKey, RawBody};
use crate::refusal::Answer;

/// Begin a conversation
///
/// A direct conversation of the same two users, and one with the same `external_id`, is answered instead of made a
/// second time. A user who begins a group or channel owns it. An `external_id` is for requests with an API key, also
/// when it acts as a user by `Caas-User`; a user token gets 403 for one unless the setting `users_set_external_ids` is
/// on.
#[utoipa::path(
    post, path = "/v1/conversations", tag = "conversations",
    params(("Idempotency-Key" = Option<wire::schema::IdempotencyKey>, Header)), request_body = NewConversation,
    responses(
        (status = 201, description = "Begun.", body = Conversation),
        (status = 200, description = "It was there already.", body = Conversation),
    ),
)]
pub(super) async fn create_conversation(
    State(api): State<Api>,
    caller: Caller,
    IdempotencyKey(key): IdempotencyKey,
    RawBody(new, text): RawBody<NewConversation>,
) -> Answer<(StatusCode, HeaderMap, Json<Conversation>)> {
    let mut headers = HeaderMap::new();
    let new: domain::messaging::NewConversation = new.into();
    if !caller.has_api_key() {
        require_naming(&caller.tenant, &new).await?;
    }
    let created = match key {
        None => create(&caller.tenant, caller.actor, new).await?,
        Some(key) => {
            let attempt = api.attempt(&caller, &key, &[b"create_conversation", &text])?;
            let (created, replayed) =
                create_once(&caller.tenant, caller.actor, new, &attempt).await?;
            if replayed {
                headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
            }
            created
        }
    };
    let status = if created.existed {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok((
        status,
        headers,
        Json(one(&api, &caller, created.view).await?),
    ))
}
