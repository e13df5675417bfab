//! Retention and legal holds: `…/retention` of the tenant, of a conversation and of a user.

use axum::Json;
use domain::auth::AuthContext;
use domain::messaging;
use domain::retention::{self, RetentionSubject};
use wire::{NewRetention, Retention};

use crate::error::ApiResult;
use crate::extract::{Body, ConversationPath, UserPath};
use crate::routes::{Routes, routes};

/// Get the tenant's retention
///
/// Returns for how many days messages are kept in conversations without a rule of their own, and
/// whether a legal hold applies to the whole tenant. Requires an API key with `settings:read` and
/// no acting user.
#[utoipa::path(
    get, path = "/v1/retention", tag = "settings",
    responses((status = 200, description = "The retention rule.", body = Retention)),
)]
async fn get_retention(auth: AuthContext) -> ApiResult<Json<Retention>> {
    let subject = RetentionSubject::Tenant(auth.tenant.id());
    let rule = retention::get(&auth.tenant, subject).await?;
    Ok(Json(Retention::of(&rule)))
}

/// Set the tenant's retention
///
/// Replaces the rule. Messages older than `days` lose content, attachments, metadata and history,
/// and remain as deleted ones. Conversations with their own `days` follow those. A legal hold
/// exempts existing data from retention, and erasures and deletions fail with 409 `legal_hold`.
/// Requires an API key with `settings:write` and no acting user.
#[utoipa::path(
    put, path = "/v1/retention", tag = "settings", request_body = NewRetention,
    responses((status = 200, description = "The retention rule.", body = Retention)),
)]
async fn set_retention(
    auth: AuthContext,
    Body(new): Body<NewRetention>,
) -> ApiResult<Json<Retention>> {
    let subject = RetentionSubject::Tenant(auth.tenant.id());
    let rule = retention::set(&auth.tenant, subject, new.into()).await?;
    domain::erasure::look_again(&auth.tenant).await?;
    Ok(Json(Retention::of(&rule)))
}

/// Get a conversation's retention
///
/// Returns the conversation's own number of days, if it has one, and whether a legal hold applies
/// to it. Name a deleted conversation by its id. Requires an API key with `settings:read` and no
/// acting user.
#[utoipa::path(
    get, path = "/v1/conversations/{conversation}/retention", tag = "conversations",
    params(("conversation" = wire::schema::Named, Path)),
    responses((status = 200, description = "The retention rule.", body = Retention)),
)]
async fn get_retention_of_conversation(
    auth: AuthContext,
    ConversationPath(name): ConversationPath,
) -> ApiResult<Json<Retention>> {
    let subject =
        RetentionSubject::Conversation(messaging::find_even_deleted(&auth.tenant, &name).await?);
    let rule = retention::get(&auth.tenant, subject).await?;
    Ok(Json(Retention::of(&rule)))
}

/// Set a conversation's retention
///
/// Replaces the conversation's rule, which takes precedence over the tenant's. Under a legal hold,
/// messages cannot be deleted, nor edited once their history is full. The conversation cannot be
/// deleted and keeps its name, avatar and metadata. Its current and former participants cannot be
/// erased (409 `legal_hold`); a running erasure becomes `held`. Name a deleted conversation by its
/// id. Requires an API key with `settings:write` and no acting user.
#[utoipa::path(
    put, path = "/v1/conversations/{conversation}/retention", tag = "conversations",
    params(("conversation" = wire::schema::Named, Path)), request_body = NewRetention,
    responses((status = 200, description = "The retention rule.", body = Retention)),
)]
async fn set_retention_of_conversation(
    auth: AuthContext,
    ConversationPath(name): ConversationPath,
    Body(new): Body<NewRetention>,
) -> ApiResult<Json<Retention>> {
    let subject =
        RetentionSubject::Conversation(messaging::find_even_deleted(&auth.tenant, &name).await?);
    let rule = retention::set(&auth.tenant, subject, new.into()).await?;
    domain::erasure::look_again(&auth.tenant).await?;
    Ok(Json(Retention::of(&rule)))
}

/// Get a user's legal hold
///
/// Returns whether a legal hold applies to the user. Requires an API key with `settings:read` and
/// no acting user.
#[utoipa::path(
    get, path = "/v1/users/{user}/retention", tag = "users",
    params(("user" = wire::schema::Named, Path)),
    responses((status = 200, description = "The retention rule.", body = Retention)),
)]
async fn get_retention_of_user(
    auth: AuthContext,
    UserPath(name): UserPath,
) -> ApiResult<Json<Retention>> {
    let subject = RetentionSubject::User(domain::users::resolve(&auth.tenant, &name).await?.id);
    let rule = retention::get(&auth.tenant, subject).await?;
    Ok(Json(Retention::of(&rule)))
}

/// Set a user's legal hold
///
/// Sets or lifts a legal hold on the user. Under a hold the user cannot be erased or deleted, and
/// their messages and all conversations in which they participate or participated are kept (409
/// `legal_hold`). `days` is not allowed for users. Requires an API key with `settings:write` and no
/// acting user.
#[utoipa::path(
    put, path = "/v1/users/{user}/retention", tag = "users",
    params(("user" = wire::schema::Named, Path)), request_body = NewRetention,
    responses((status = 200, description = "The retention rule.", body = Retention)),
)]
async fn set_retention_of_user(
    auth: AuthContext,
    UserPath(name): UserPath,
    Body(new): Body<NewRetention>,
) -> ApiResult<Json<Retention>> {
    let subject = RetentionSubject::User(domain::users::resolve(&auth.tenant, &name).await?.id);
    let rule = retention::set(&auth.tenant, subject, new.into()).await?;
    domain::erasure::look_again(&auth.tenant).await?;
    Ok(Json(Retention::of(&rule)))
}

pub(crate) fn routes() -> Routes {
    routes![
        get_retention: Server [SettingsRead],
        set_retention: Server [SettingsWrite],
        get_retention_of_conversation: Server [SettingsRead],
        set_retention_of_conversation: Server [SettingsWrite],
        get_retention_of_user: Server [SettingsRead],
        set_retention_of_user: Server [SettingsWrite],
    ]
}
