use axum::Json;
use domain::retention::{self, RetentionSubject};
use wire::{NewRetention, Retention};

use crate::extract::{Body, Caller, UserPath};
use crate::refusal::Answer;

/// Set a user's legal hold
///
/// A legal hold stops the user's erasure and deletion, and keeps their messages and the conversations that they have or
/// had a part in (409 `legal_hold` for who would delete them). A user has no days.
#[utoipa::path(
    put, path = "/v1/users/{user}/retention", tag = "users",
    params(("user" = wire::schema::Named, Path)), request_body = NewRetention,
    responses((status = 200, description = "The retention.", body = Retention)),
)]
pub(super) async fn set_retention_of_user(
    caller: Caller,
    UserPath(name): UserPath,
    Body(new): Body<NewRetention>,
) -> Answer<Json<Retention>> {
    let whose = RetentionSubject::User(domain::users::resolve(&caller.tenant, &name).await?.id);
    let rule = retention::set(&caller.tenant, whose, new.into()).await?;
    domain::erasure::look_again(&caller.tenant).await?;
    Ok(Json(Retention::of(&rule)))
}
