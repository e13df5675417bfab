use axum::extract::State;
use axum::response::Response;
use base::Direction;
use domain::activities::{Of, list, of_whom};
use serde::Deserialize;
use utoipa::IntoParams;
use wire::{Activity, Page, WithIncludes};

use super::list::hours_schema;
use crate::api::Api;
use crate::cursor::List;
use crate::expand::{ExpandParams, Expanding};
use crate::extract::{Caller, UserPath, Way, limit_schema, number, size};
use crate::page;
use crate::refusal::Answer;

/// Which page of a user's activities.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Those of the last hours only.
    #[serde(default, deserialize_with = "number")]
    #[param(schema_with = hours_schema)]
    hours: Option<i64>,
    /// Entries of the page.
    #[serde(default, deserialize_with = "number")]
    #[param(schema_with = limit_schema)]
    limit: Option<usize>,
    /// `next_cursor` of another page in the same direction, or `prev_cursor` of one in the other direction.
    cursor: Option<String>,
    /// Which way to go; `backward` is the newest first.
    #[serde(default)]
    #[param(inline)]
    direction: Option<Way>,
}

/// List a user's activities
///
/// What the user did in the last 90 days or hours, the newest first unless asked otherwise. For the tenant's servers
/// and the user alone.
#[utoipa::path(
    get, path = "/v1/users/{user}/activities", tag = "activities",
    params(("user" = wire::schema::Named, Path), ListQuery, ExpandParams),
    responses((status = 200, description = "A page of activities.", body = Page<WithIncludes<Activity>>)),
)]
pub(super) async fn list_activities_of_user(
    State(api): State<Api>,
    caller: Caller,
    UserPath(name): UserPath,
    Expanding(query, expand): Expanding<ListQuery>,
) -> Answer<Response> {
    let user = of_whom(&caller.tenant, caller.actor, &name).await?;
    let direction = query.direction.map_or(Direction::Backward, Direction::from);
    let filter = format!("{user}/{:?}", query.hours);
    let pages = List::new(&api, &caller, "list_activities_of_user", &filter, direction);
    let after = pages.open(query.cursor.as_deref())?;
    page::answer(size(query.limit)?, async |size| {
        let found = list(
            &caller.tenant,
            &Of::User(user),
            query.hours,
            size,
            direction,
            after.clone(),
        )
        .await?;
        let whose = |activity: &domain::activities::Activity| activity.user_id;
        let data = api
            .expanded_page(&caller, expand, &found.items, whose, Activity::of)
            .await?;
        Ok(pages.page(&found, data))
    })
    .await
}
