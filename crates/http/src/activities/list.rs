use axum::extract::State;
use axum::response::Response;
use base::{Direction, Error, Result, limit};
use domain::activities::{Of, list};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use wire::{Activity, Page, WithIncludes};

use crate::api::Api;
use crate::cursor::List;
use crate::expand::{ExpandParams, Expanding};
use crate::extract::{Caller, Way, limit_schema, number, size};
use crate::page;
use crate::refusal::Answer;

/// Which activities, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Those in this app.
    #[param(value_type = Option<wire::schema::Label>)]
    app_id: Option<String>,
    /// Those in this session.
    #[param(value_type = Option<wire::schema::Label>)]
    session_id: Option<String>,
    /// Those of this type.
    #[param(value_type = Option<wire::schema::Label>)]
    event_type: Option<String>,
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

impl ListQuery {
    fn of(&self) -> Result<Of> {
        match (&self.app_id, &self.session_id, &self.event_type) {
            (Some(app), None, None) => Ok(Of::App(app.clone())),
            (None, Some(session), None) => Ok(Of::Session(session.clone())),
            (None, None, Some(event_type)) => Ok(Of::Type(event_type.clone())),
            _ => Err(Error::invalid(
                "app_id",
                "Expected exactly one of app_id, session_id and event_type.",
            )),
        }
    }
}

/// List activities
///
/// What all users did in an app, in a session or of a type in the last 90 days or hours, the newest first unless asked
/// otherwise.
#[utoipa::path(
    get, path = "/v1/activities", tag = "activities", params(ListQuery, ExpandParams),
    responses((status = 200, description = "A page of activities.", body = Page<WithIncludes<Activity>>)),
)]
pub(super) async fn list_activities(
    State(api): State<Api>,
    caller: Caller,
    Expanding(query, expand): Expanding<ListQuery>,
) -> Answer<Response> {
    let of = query.of()?;
    let direction = query.direction.map_or(Direction::Backward, Direction::from);
    let pages = List::new(
        &api,
        &caller,
        "list_activities",
        &format!("{of:?}/{:?}", query.hours),
        direction,
    );
    let after = pages.open(query.cursor.as_deref())?;
    page::answer(size(query.limit)?, async |size| {
        let found = list(
            &caller.tenant,
            &of,
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

/// The schema of `hours`.
pub(super) fn hours_schema() -> Schema {
    let number = ObjectBuilder::new().schema_type(Type::Integer);
    Schema::from(
        number
            .minimum(Some(1))
            .maximum(Some(limit::ACTIVITY_SECONDS / 3_600)),
    )
}
