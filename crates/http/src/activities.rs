//! Activities of users: `/v1/activities` and `/v1/users/{user}/activities`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use base::{Direction, Error, Result, limit};
use domain::activities::{Of, list, of_whom, record};
use domain::auth::AuthContext;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use wire::{Activity, NewActivity, Page, WithIncludes};

use crate::cursor::ListCursors;
use crate::error::ApiResult;
use crate::expand::{ExpandParams, QueryWithExpand};
use crate::extract::{IdempotencyKey, PageQuery, Paged, RawBody, UserPath, number};
use crate::page;
use crate::render::replay_headers;
use crate::routes::{Routes, routes};
use crate::state::AppState;

/// Filter of a list of activities.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ActivityQuery {
    /// Returns activities in this app.
    #[param(value_type = Option<wire::schema::Label>)]
    app_id: Option<String>,
    /// Returns activities in this session.
    #[param(value_type = Option<wire::schema::Label>)]
    session_id: Option<String>,
    /// Returns activities of this type.
    #[param(value_type = Option<wire::schema::Label>)]
    event_type: Option<String>,
    /// Returns activities of the last `hours` hours only.
    #[serde(default, deserialize_with = "number")]
    #[param(schema_with = hours_schema)]
    hours: Option<i64>,
}

impl ActivityQuery {
    fn subject(&self) -> Result<Of> {
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
/// Returns the activities of all users in an app, in a session or of a type, newest first by
/// default. Activities are kept for 90 days. Requires exactly one of `app_id`, `session_id` and
/// `event_type`. Requires an API key with `users:read` and no acting user.
#[utoipa::path(
    get, path = "/v1/activities", tag = "activities", params(ActivityQuery, PageQuery, ExpandParams),
    responses((status = 200, description = "A page of activities.", body = Page<WithIncludes<Activity>>)),
)]
async fn list_activities(
    State(state): State<AppState>,
    auth: AuthContext,
    QueryWithExpand(Paged(query, page), expand): QueryWithExpand<Paged<ActivityQuery>>,
) -> ApiResult<Response> {
    let subject = query.subject()?;
    let direction = page.direction_or(Direction::Backward);
    let cursors = ListCursors::new(
        &state,
        &auth,
        "list_activities",
        &format!("{subject:?}/{:?}", query.hours),
        direction,
    );
    let after = cursors.decode(page.cursor.as_deref())?;
    page::respond(page.size()?, async |size| {
        let found = list(
            &auth.tenant,
            &subject,
            query.hours,
            size,
            direction,
            after.clone(),
        )
        .await?;
        let user_of = |activity: &domain::activities::Activity| activity.user_id;
        let data = state
            .expanded_page(&auth, expand, &found.items, user_of, Activity::of)
            .await?;
        Ok(cursors.page(&found, data))
    })
    .await
}

fn hours_schema() -> Schema {
    let number = ObjectBuilder::new().schema_type(Type::Integer);
    Schema::from(
        number
            .minimum(Some(1))
            .maximum(Some(limit::ACTIVITY_SECONDS / 3_600)),
    )
}

/// Filter of a list of a user's activities.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct UserActivityQuery {
    /// Returns activities of the last `hours` hours only.
    #[serde(default, deserialize_with = "number")]
    #[param(schema_with = hours_schema)]
    hours: Option<i64>,
}

/// List a user's activities
///
/// Returns the activities of a user, newest first by default. Activities are kept for 90 days.
/// Requires `users:read`. Users may call this for themselves only; otherwise it fails with 403
/// `forbidden`.
#[utoipa::path(
    get, path = "/v1/users/{user}/activities", tag = "activities",
    params(("user" = wire::schema::Named, Path), UserActivityQuery, PageQuery, ExpandParams),
    responses((status = 200, description = "A page of activities.", body = Page<WithIncludes<Activity>>)),
)]
async fn list_activities_of_user(
    State(state): State<AppState>,
    auth: AuthContext,
    UserPath(name): UserPath,
    QueryWithExpand(Paged(query, page), expand): QueryWithExpand<Paged<UserActivityQuery>>,
) -> ApiResult<Response> {
    let user = of_whom(&auth.tenant, auth.actor, &name).await?;
    let direction = page.direction_or(Direction::Backward);
    let filter = format!("{user}/{:?}", query.hours);
    let cursors = ListCursors::new(&state, &auth, "list_activities_of_user", &filter, direction);
    let after = cursors.decode(page.cursor.as_deref())?;
    page::respond(page.size()?, async |size| {
        let found = list(
            &auth.tenant,
            &Of::User(user),
            query.hours,
            size,
            direction,
            after.clone(),
        )
        .await?;
        let user_of = |activity: &domain::activities::Activity| activity.user_id;
        let data = state
            .expanded_page(&auth, expand, &found.items, user_of, Activity::of)
            .await?;
        Ok(cursors.page(&found, data))
    })
    .await
}

/// Record an activity
///
/// Stores an activity of the user for 90 days after its `timestamp`. With an `Idempotency-Key`, a
/// repeated request returns the first activity with `Idempotent-Replayed: true`. Requires
/// `users:write`. Users may call this for themselves only; otherwise it fails with 403 `forbidden`.
#[utoipa::path(
    post, path = "/v1/users/{user}/activities", tag = "activities",
    params(("user" = wire::schema::Named, Path), ("Idempotency-Key" = Option<wire::schema::IdempotencyKey>, Header)),
    request_body = NewActivity, responses((status = 201, description = "The activity.", body = Activity)),
)]
async fn record_activity(
    State(state): State<AppState>,
    auth: AuthContext,
    UserPath(name): UserPath,
    IdempotencyKey(key): IdempotencyKey,
    RawBody(new, text): RawBody<NewActivity>,
) -> ApiResult<(StatusCode, HeaderMap, Json<Activity>)> {
    let user = name.to_string();
    let attempt = key
        .map(|key| state.attempt(&auth, &key, &[b"record_activity", user.as_bytes(), &text]))
        .transpose()?;
    let recorded = record(
        &auth.tenant,
        auth.actor,
        &name,
        new.into(),
        attempt.as_ref(),
    )
    .await?;
    Ok((
        StatusCode::CREATED,
        replay_headers(recorded.replayed),
        Json(Activity::of(&recorded.activity)?),
    ))
}

pub(crate) fn routes() -> Routes {
    routes![
        "activities": "Activities of users in the last 90 days.";
        list_activities: Server [UsersRead],
        list_activities_of_user: Caller [UsersRead],
        record_activity: Caller [UsersWrite],
    ]
}
