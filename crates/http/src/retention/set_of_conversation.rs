use axum::Json;
use domain::messaging;
use domain::retention::{self, RetentionSubject};
use wire::{NewRetention, Retention};

use crate::extract::{Body, Caller, ConversationPath};
use crate::refusal::Answer;

/// Set a conversation's retention
///
/// Its own days take precedence over the tenant's. A legal hold keeps what is in the conversation: messages cannot be
/// deleted, nor edited once their history is full, the conversation can neither be deleted nor lose its name, avatar or
/// metadata, and its present and past participants cannot be erased (409 `legal_hold`); an erasure that has begun waits.
/// A deleted conversation is found by its id, so that its hold can be set and lifted.
#[utoipa::path(
    put, path = "/v1/conversations/{conversation}/retention", tag = "conversations",
    params(("conversation" = wire::schema::Named, Path)), request_body = NewRetention,
    responses((status = 200, description = "The retention.", body = Retention)),
)]
pub(super) async fn set_retention_of_conversation(
    caller: Caller,
    ConversationPath(name): ConversationPath,
    Body(new): Body<NewRetention>,
) -> Answer<Json<Retention>> {
    let whose =
        RetentionSubject::Conversation(messaging::find_even_deleted(&caller.tenant, &name).await?);
    let rule = retention::set(&caller.tenant, whose, new.into()).await?;
    domain::erasure::look_again(&caller.tenant).await?;
    Ok(Json(Retention::of(&rule)))
}
