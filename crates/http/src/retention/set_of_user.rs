use axum::Json;
use domain::retention::{self, Whose};
use wire::{NewRetention, Retention};

use crate::extract::{Body, Caller, UserPath};
use crate::refusal::Answer;

/// Set a user's legal hold
///
/// A legal hold stops the user's erasure, and keeps their old messages. A user has no days.
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
    let whose = Whose::User(domain::users::resolve(&caller.tenant, &name).await?.id);
    let rule = retention::set(&caller.tenant, whose, new.into()).await?;
    domain::erasure::look_again(&caller.tenant).await?;
    Ok(Json(Retention::of(&rule)))
}
