use axum::Json;
use domain::retention::{self, RetentionSubject};
use wire::Retention;

use crate::extract::{Caller, UserPath};
use crate::refusal::Answer;

/// Get a user's legal hold
///
/// Whether a legal hold lies on the user.
#[utoipa::path(
    get, path = "/v1/users/{user}/retention", tag = "users",
    params(("user" = wire::schema::Named, Path)),
    responses((status = 200, description = "The retention.", body = Retention)),
)]
pub(super) async fn get_retention_of_user(
    caller: Caller,
    UserPath(name): UserPath,
) -> Answer<Json<Retention>> {
    let whose = RetentionSubject::User(domain::users::resolve(&caller.tenant, &name).await?.id);
    let rule = retention::get(&caller.tenant, whose).await?;
    Ok(Json(Retention::of(&rule)))
}
