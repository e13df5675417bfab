//! Read and delivered receipts: `/v1/conversations/{conversation}/read` and `delivered`, `/v1/unread`.

use axum::Json;
use base::Result;
use domain::auth::AuthContext;
use domain::messaging::{self, Receipts, unread_total};
use wire::{ConversationName, MyConversation, Receipt, ReceiptRequest, UnreadTotals};

use crate::error::ApiResult;
use crate::extract::{Body, ConversationPath};
use crate::routes::{Routes, routes};

/// Mark messages as read
///
/// Raises the acting user's read and delivered receipts to `seq`, at most to the last record. A
/// lower `seq` than the current one changes nothing. Requires `messages:write` and an acting user.
#[utoipa::path(
    post, path = "/v1/conversations/{conversation}/read", tag = "receipts",
    params(("conversation" = wire::schema::Named, Path)), request_body = ReceiptRequest,
    responses((status = 200, description = "The current receipts.", body = Receipt)),
)]
async fn mark_read(
    auth: AuthContext,
    ConversationPath(name): ConversationPath,
    Body(request): Body<ReceiptRequest>,
) -> ApiResult<Json<Receipt>> {
    let receipts = Receipts {
        read_seq: request.seq,
        delivered_seq: request.seq,
    };
    Ok(Json(raise(&auth, &name, receipts).await?))
}

/// Mark messages as delivered
///
/// Raises the acting user's delivered receipt to `seq`, at most to the last record. Clients without
/// a connection use it after they have stored the records up to `seq`. Requires `messages:write`
/// and an acting user.
#[utoipa::path(
    post, path = "/v1/conversations/{conversation}/delivered", tag = "receipts",
    params(("conversation" = wire::schema::Named, Path)), request_body = ReceiptRequest,
    responses((status = 200, description = "The current receipts.", body = Receipt)),
)]
async fn mark_delivered(
    auth: AuthContext,
    ConversationPath(name): ConversationPath,
    Body(request): Body<ReceiptRequest>,
) -> ApiResult<Json<Receipt>> {
    let receipts = Receipts {
        read_seq: 0,
        delivered_seq: request.seq,
    };
    Ok(Json(raise(&auth, &name, receipts).await?))
}

/// Get unread totals
///
/// Returns the number of unread messages of the acting user in all conversations. Each conversation
/// counts at most 100. Requires `messages:read` and an acting user.
#[utoipa::path(
    get, path = "/v1/unread", tag = "receipts",
    responses((status = 200, description = "The totals.", body = UnreadTotals)),
)]
async fn get_unread(auth: AuthContext) -> ApiResult<Json<UnreadTotals>> {
    Ok(Json(
        unread_total(&auth.tenant, auth.actor.user()?).await?.into(),
    ))
}

/// Raises the acting user's receipts and returns the current ones.
async fn raise(auth: &AuthContext, name: &ConversationName, receipts: Receipts) -> Result<Receipt> {
    let Receipts {
        read_seq,
        delivered_seq,
    } = messaging::advance_receipt(&auth.tenant, auth.actor, name, receipts).await?;
    let view = messaging::get_conversation(&auth.tenant, auth.actor, name).await?;
    let unread = view
        .membership
        .map_or(0, |membership| MyConversation::from(membership).unread);
    Ok(Receipt {
        conversation_id: view.conversation.id,
        read_seq,
        delivered_seq,
        unread,
    })
}

pub(crate) fn routes() -> Routes {
    routes![
        "receipts": "Read and delivered receipts.";
        mark_read: User [MessagesWrite],
        mark_delivered: User [MessagesWrite],
        get_unread: User [MessagesRead],
    ]
}
