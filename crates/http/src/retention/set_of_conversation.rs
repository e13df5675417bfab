use axum::Json;
use domain::messaging;
use domain::retention::{self, Whose};
use wire::{NewRetention, Retention};

use crate::extract::{Body, Caller, ConversationPath};
use crate::refusal::Answer;

/// Set a conversation's retention
///
/// Its own days go before the tenant's. A legal hold keeps what is in it: it refuses the erasure of who has or had a part
/// in it, and one on its way does the rest and waits.
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
    let open = messaging::open(&caller.tenant, caller.actor, &name).await?;
    let whose = Whose::Conversation(open.conversation.id);
    let rule = retention::set(&caller.tenant, whose, new.into()).await?;
    domain::erasure::look_again(&caller.tenant).await?;
    Ok(Json(Retention::of(&rule)))
}
