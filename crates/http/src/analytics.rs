//! Analytics events, counts and metrics: `/v1/analytics`.

use std::io;

use axum::Json;
use axum::body::{self, Bytes};
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base::{Direction, Error, IdOrExternalId, PageSize, Result, Timestamp, limit};
use domain::analytics::{
    Event, EventFilter, TimeRange, count, list, list_metrics as list_metric_buckets,
};
use domain::auth::AuthContext;
use domain::users::User;
use futures_util::stream::{self, StreamExt};
use serde::Deserialize;
use store::{Position, TenantStore};
use utoipa::IntoParams;
use wire::{
    AnalyticsEvent, AnalyticsEventBatch, EventCategory, EventCounts, EventsTaken, Granularity,
    Metric, NewAnalyticsEvent, Page, WithIncludes, csv,
};

use crate::cursor::ListCursors;
use crate::error::ApiResult;
use crate::expand::{ExpandParams, QueryWithExpand};
use crate::extract::{Body, PageQuery, Paged, Query};
use crate::page;
use crate::render::created_or_ok;
use crate::routes::{Routes, routes};
use crate::state::AppState;

/// Filter of a list of events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EventQuery {
    /// Returns events of this user.
    #[param(value_type = Option<wire::schema::Named>)]
    user_id: Option<IdOrExternalId<User>>,
    /// Returns events with this name.
    #[param(value_type = Option<wire::schema::Label>)]
    name: Option<String>,
    /// Returns events of this category.
    category: Option<EventCategory>,
    /// Returns events in this app.
    #[param(value_type = Option<wire::schema::Label>)]
    app_id: Option<String>,
    /// Returns events in this session.
    #[param(value_type = Option<wire::schema::Label>)]
    session_id: Option<String>,
    /// Start of the time range, inclusive. The default is 400 days before `to`.
    #[param(value_type = Option<wire::schema::Timestamp>)]
    from: Option<Timestamp>,
    /// End of the time range, exclusive. The default is the current time.
    #[param(value_type = Option<wire::schema::Timestamp>)]
    to: Option<Timestamp>,
}

impl EventQuery {
    async fn filter(&self, state: &AppState, auth: &AuthContext) -> Result<EventFilter> {
        let Self {
            user_id,
            name,
            category,
            app_id,
            session_id,
            ..
        } = self;
        let conflict = || {
            Error::invalid(
                "name",
                "Expected at most one of user_id, name, category, app_id and session_id.",
            )
        };
        Ok(match (user_id, name, category, app_id, session_id) {
            (None, None, None, None, None) => EventFilter::All,
            (Some(user), None, None, None, None) => {
                EventFilter::OfUser(state.user_cache().resolve(&auth.tenant, user).await?.id)
            }
            (None, Some(name), None, None, None) => EventFilter::Named(name.clone()),
            (None, None, Some(category), None, None) => EventFilter::OfCategory((*category).into()),
            (None, None, None, Some(app), None) => EventFilter::InApp(app.clone()),
            (None, None, None, None, Some(session)) => EventFilter::InSession(session.clone()),
            _ => return Err(conflict()),
        })
    }
}

/// List events
///
/// Returns the events of a time range, newest first by default. At most one of the filters
/// `user_id`, `name`, `category`, `app_id` and `session_id` is allowed. Requires an API key with
/// `analytics:read` and no acting user.
#[utoipa::path(
    get, path = "/v1/analytics/events", tag = "analytics", params(EventQuery, PageQuery, ExpandParams),
    responses((status = 200, description = "A page of events.", body = Page<WithIncludes<AnalyticsEvent>>)),
)]
async fn list_events(
    State(state): State<AppState>,
    auth: AuthContext,
    QueryWithExpand(Paged(query, page), expand): QueryWithExpand<Paged<EventQuery>>,
) -> ApiResult<Response> {
    let event_filter = query.filter(&state, &auth).await?;
    let span = span(query.from, query.to, state.store().context().now())?;
    let direction = page.direction_or(Direction::Backward);
    let filter = format!("{event_filter:?}/{:?}/{:?}", query.from, query.to);
    let cursors = ListCursors::new(&state, &auth, "list_events", &filter, direction);
    let after = cursors.decode(page.cursor.as_deref())?;
    page::respond(page.size()?, async |size| {
        let found = list(
            &auth.tenant,
            &event_filter,
            span,
            size,
            direction,
            after.clone(),
        )
        .await?;
        let user_of = |event: &domain::analytics::Event| event.user_id;
        let data = state
            .expanded_page(&auth, expand, &found.items, user_of, AnalyticsEvent::of)
            .await?;
        Ok(cursors.page(&found, data))
    })
    .await
}

/// Record an event
///
/// Stores an event. An event with the same `event_id` of the same user, or of the tenant's servers,
/// is stored once. Users may record only their own events; servers may record events of any user or
/// of none. Requires `analytics:write`.
#[utoipa::path(
    post, path = "/v1/analytics/events", tag = "analytics", request_body = NewAnalyticsEvent,
    responses(
        (status = 201, description = "The event is stored.", body = EventsTaken),
        (status = 200, description = "The event was already recorded.", body = EventsTaken),
    ),
)]
async fn record_event(
    State(state): State<AppState>,
    auth: AuthContext,
    Body(event): Body<NewAnalyticsEvent>,
) -> ApiResult<(StatusCode, Json<EventsTaken>)> {
    let result = state
        .event_ingest()
        .ingest(&auth.tenant, auth.actor, vec![event.into()])
        .await;
    // The event is the body, not an entry of a batch.
    let result = result.map_err(|error| error.without("/0"))?;
    let status = created_or_ok(result.new > 0);
    Ok((status, Json(result.into())))
}

/// Number of events that count as one request.
const EVENTS_PER_REQUEST: usize = 10;

/// Record several events
///
/// Stores up to 1,000 events, all or none. If one event is invalid, none is stored, and `errors`
/// has pointers such as `/events/3/name`. Each `event_id` is stored once. Fails with 429
/// `rate_limited` if too many events are waiting to be written. Ten events count as one request.
/// Requires `analytics:write`.
#[utoipa::path(
    post, path = "/v1/analytics/events/batch", tag = "analytics", request_body = AnalyticsEventBatch,
    responses((status = 200, description = "The events are stored.", body = EventsTaken)),
)]
async fn record_events(
    State(state): State<AppState>,
    auth: AuthContext,
    Body(batch): Body<AnalyticsEventBatch>,
) -> ApiResult<Json<EventsTaken>> {
    state.charge(&auth, batch.events.len() / EVENTS_PER_REQUEST);
    let events = batch.events.into_iter().map(Into::into).collect();
    let result = state
        .event_ingest()
        .ingest(&auth.tenant, auth.actor, events)
        .await;
    Ok(Json(
        result.map_err(|error| error.within("/events"))?.into(),
    ))
}

/// Export events
///
/// Streams the events of a time range as CSV, oldest first. A cell that a spreadsheet would read as
/// a formula is prefixed with an apostrophe. The response is aborted if the export fails midway.
/// Requires an API key with `analytics:read` and no acting user.
#[utoipa::path(
    get, path = "/v1/analytics/events/export", tag = "analytics", params(SpanQuery),
    responses((status = 200, description = "The events.", body = String, content_type = "text/csv", example = "event_id,name,category,user_id,app_id,session_id,timestamp,data\r\n\"e-1\",\"checkout\",\"conversion\",\"\",\"web\",\"s-1\",\"2026-01-31T12:00:00.000Z\",\"\"\r\n")),
)]
async fn export_events(
    State(state): State<AppState>,
    auth: AuthContext,
    Query(query): Query<SpanQuery>,
) -> ApiResult<Response> {
    let span = query.span(state.store().context().now())?;
    let tenant = auth.tenant.clone();
    // Read before the response starts, so that an unavailable store returns 503.
    let first = export_page(&tenant, span, None).await?;
    let rest = stream::try_unfold(first.next.clone(), move |after| {
        let tenant = tenant.clone();
        async move {
            let Some(after) = after else { return Ok(None) };
            let page = export_page(&tenant, span, Some(after))
                .await
                .map_err(io::Error::other)?;
            Ok::<_, io::Error>(Some((lines(&page), page.next)))
        }
    });
    let head = Bytes::from(csv::HEAD);
    let body = body::Body::from_stream(stream::iter([Ok(head), Ok(lines(&first))]).chain(rest));
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (CONTENT_DISPOSITION, "attachment; filename=\"events.csv\""),
    ];
    Ok((headers, body).into_response())
}

async fn export_page(
    tenant: &TenantStore,
    span: TimeRange,
    after: Option<Position>,
) -> Result<store::Page<Event>> {
    list(
        tenant,
        &EventFilter::All,
        span,
        PageSize::MAX,
        Direction::Forward,
        after,
    )
    .await
}

fn lines(page: &store::Page<Event>) -> Bytes {
    page.items
        .iter()
        .map(|event| csv::line(event))
        .collect::<String>()
        .into()
}

/// Filter of a count of events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CountQuery {
    /// Start of the time range, inclusive. The default is 400 days before `to`.
    #[param(value_type = Option<wire::schema::Timestamp>)]
    from: Option<Timestamp>,
    /// End of the time range, exclusive. The default is the current time.
    #[param(value_type = Option<wire::schema::Timestamp>)]
    to: Option<Timestamp>,
    /// Counts events of this user only.
    #[param(value_type = Option<wire::schema::Named>)]
    user_id: Option<IdOrExternalId<User>>,
}

/// Count events
///
/// Returns the numbers of events by category and by name in a time range. Without `user_id` they
/// are sums of daily and hourly metrics, which lag a few seconds behind. Events and hourly metrics
/// are kept for 400 days, daily metrics without limit; for older ranges whole days are counted.
/// Requires an API key with `analytics:read` and no acting user.
#[utoipa::path(
    get, path = "/v1/analytics/counts", tag = "analytics", params(CountQuery),
    responses((status = 200, description = "The counts.", body = EventCounts)),
)]
async fn count_events(
    State(state): State<AppState>,
    auth: AuthContext,
    Query(query): Query<CountQuery>,
) -> ApiResult<Json<EventCounts>> {
    let span = span(query.from, query.to, state.store().context().now())?;
    let user = match &query.user_id {
        Some(name) => Some(state.user_cache().resolve(&auth.tenant, name).await?.id),
        None => None,
    };
    Ok(Json(count(&auth.tenant, span, user).await?.into()))
}

/// Filter of a list of metrics.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MetricsQuery {
    /// Length of the buckets.
    granularity: Granularity,
    /// Earliest start of a bucket, inclusive. The default is 400 days before `to`.
    #[param(value_type = Option<wire::schema::Timestamp>)]
    from: Option<Timestamp>,
    /// Latest start of a bucket, exclusive. The default is the current time.
    #[param(value_type = Option<wire::schema::Timestamp>)]
    to: Option<Timestamp>,
}

/// List metrics
///
/// Returns the number of events by category and by name, and of unique users, for each hour, day or
/// month that has events. Newest first by default. Metrics lag a few seconds behind the events, and
/// late events correct them. Hourly metrics are kept for 400 days, daily and monthly ones without
/// limit. Requires an API key with `analytics:read` and no acting user.
#[utoipa::path(
    get, path = "/v1/analytics/metrics", tag = "analytics", params(MetricsQuery, PageQuery),
    responses((status = 200, description = "A page of metrics.", body = Page<Metric>)),
)]
async fn list_metrics(
    State(state): State<AppState>,
    auth: AuthContext,
    Paged(query, page): Paged<MetricsQuery>,
) -> ApiResult<Response> {
    let span = span(query.from, query.to, state.store().context().now())?;
    let direction = page.direction_or(Direction::Backward);
    let filter = format!("{:?}/{:?}/{:?}", query.granularity, query.from, query.to);
    let cursors = ListCursors::new(&state, &auth, "list_metrics", &filter, direction);
    let after = cursors.decode(page.cursor.as_deref())?;
    page::respond(page.size()?, async |size| {
        let granularity = query.granularity.into();
        let found = list_metric_buckets(
            &auth.tenant,
            granularity,
            span,
            size,
            direction,
            after.clone(),
        )
        .await?;
        let data: Result<Vec<Metric>> = found.items.iter().map(Metric::of).collect();
        Ok(cursors.page(&found, data?))
    })
    .await
}

/// Time range of an export.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SpanQuery {
    /// Start of the time range, inclusive. The default is 400 days before `to`.
    #[param(value_type = Option<wire::schema::Timestamp>)]
    from: Option<Timestamp>,
    /// End of the time range, exclusive. The default is the current time.
    #[param(value_type = Option<wire::schema::Timestamp>)]
    to: Option<Timestamp>,
}

impl SpanQuery {
    fn span(&self, now: Timestamp) -> Result<TimeRange> {
        span(self.from, self.to, now)
    }
}

/// Returns the time range of two optional parameters.
///
/// # Errors
/// 400 if it is empty or longer than [`limit::EVENT_SECONDS`].
fn span(from: Option<Timestamp>, to: Option<Timestamp>, now: Timestamp) -> Result<TimeRange> {
    // Timestamps of events may be ahead of the clock of the server.
    let to =
        to.unwrap_or_else(|| now.plus_millis(limit::signed(limit::CLOCK_SKEW_SECONDS) * 1_000));
    let from = from.unwrap_or_else(|| to.plus_millis(-limit::signed(limit::EVENT_SECONDS) * 1_000));
    TimeRange::new(from, to)
}

pub(crate) fn routes() -> Routes {
    routes![
        "analytics": "Analytics events, counts and metrics.";
        list_events: Server [AnalyticsRead],
        record_event: Caller [AnalyticsWrite],
        record_events: Caller [AnalyticsWrite],
        export_events: Server [AnalyticsRead],
        count_events: Server [AnalyticsRead],
        list_metrics: Server [AnalyticsRead],
    ]
}
