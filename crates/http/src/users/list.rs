use axum::extract::State;
use axum::response::Response;
use base::Result;
use wire::{Page, User};

use crate::api::Api;
use crate::cursor::List;
use crate::extract::{Caller, PageQuery, Query};
use crate::page;
use crate::refusal::Answer;

/// List users
///
/// All users of the tenant in the order of their making.
#[utoipa::path(
    get, path = "/v1/users", tag = "users", params(PageQuery),
    responses((status = 200, description = "A page of users.", body = Page<User>)),
)]
pub(super) async fn list_users(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Answer<Response> {
    let direction = query.direction();
    let list = List::new(&api, &caller, "list_users", "", direction);
    let after = list.open(query.cursor.as_deref())?;
    page::answer(query.size()?, async |size| {
        let found = domain::users::list(&caller.tenant, size, direction, after.clone()).await?;
        let data: Result<Vec<User>> = found.items.iter().map(|user| User::of(user, caller.actor.into())).collect();
        Ok(list.page(&found, data?))
    })
    .await
}
