use axum::extract::State;
use axum::response::Response;
use base::{Direction, Result};
use serde::Deserialize;
use utoipa::IntoParams;
use wire::{Page, User};

use crate::api::Api;
use crate::cursor::List;
use crate::extract::{Caller, Query, Way, limit_schema, number, size};
use crate::page;
use crate::refusal::Answer;

/// Which users, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct UserQuery {
    /// The one with this e-mail address, in any case and Unicode form, its domain in Unicode or ASCII.
    #[param(value_type = Option<wire::schema::SearchEmail>)]
    email: Option<String>,
    /// Entries of the page.
    #[serde(default, deserialize_with = "number")]
    #[param(schema_with = limit_schema)]
    limit: Option<usize>,
    /// `next_cursor` of another page in the same direction, or `prev_cursor` of one in the other direction.
    cursor: Option<String>,
    /// Which way to go.
    #[serde(default)]
    #[param(inline)]
    direction: Option<Way>,
}

/// List users
///
/// All users of the tenant in the order of their making, or the one with an e-mail address. Nobody has an address that
/// was never told: then the page is empty.
#[utoipa::path(
    get, path = "/v1/users", tag = "users", params(UserQuery),
    responses((status = 200, description = "A page of users.", body = Page<User>)),
)]
pub(super) async fn list_users(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<UserQuery>,
) -> Answer<Response> {
    let direction = query.direction.map_or(Direction::Forward, Direction::from);
    let email = query.email.as_deref();
    let list = List::new(
        &api,
        &caller,
        "list_users",
        email.unwrap_or_default(),
        direction,
    );
    let after = list.open(query.cursor.as_deref())?;
    page::answer(size(query.limit)?, async |size| {
        let found =
            domain::users::list(&caller.tenant, email, size, direction, after.clone()).await?;
        let data: Result<Vec<User>> = found
            .items
            .iter()
            .map(|user| User::of(user, caller.actor.into()))
            .collect();
        Ok(list.page(&found, data?))
    })
    .await
}
