use axum::extract::State;
use axum::response::Response;
use base::{Direction, Result, Timestamp};
use domain::analytics::list_metrics as list;
use serde::Deserialize;
use utoipa::IntoParams;
use wire::{Granularity, Metric, Page};

use super::span::span;
use crate::api::Api;
use crate::cursor::List;
use crate::extract::{Caller, Query, Way, limit_schema, number, size};
use crate::page;
use crate::refusal::Answer;

/// Which buckets, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct MetricsQuery {
    /// How long they are.
    granularity: Granularity,
    /// Those that begin at this moment or later; 400 days before `to` when not given.
    #[param(value_type = Option<wire::schema::Timestamp>)]
    from: Option<Timestamp>,
    /// Those that begin before this moment; now when not given.
    #[param(value_type = Option<wire::schema::Timestamp>)]
    to: Option<Timestamp>,
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

/// List counted hours, days or months
///
/// Events by category and by name, and unique users, of each bucket that has events, the newest first unless asked
/// otherwise. They follow the events by some seconds; late events correct them. Hours are kept for 400 days, days and
/// months for good.
#[utoipa::path(
    get, path = "/v1/analytics/metrics", tag = "analytics", params(MetricsQuery),
    responses((status = 200, description = "A page of buckets.", body = Page<Metric>)),
)]
pub(super) async fn list_metrics(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<MetricsQuery>,
) -> Answer<Response> {
    let span = span(query.from, query.to, api.store().context().now())?;
    let direction = query.direction.map_or(Direction::Backward, Direction::from);
    let filter = format!("{:?}/{:?}/{:?}", query.granularity, query.from, query.to);
    let pages = List::new(&api, &caller, "list_metrics", &filter, direction);
    let after = pages.open(query.cursor.as_deref())?;
    page::answer(size(query.limit)?, async |size| {
        let granularity = query.granularity.into();
        let found = list(
            &caller.tenant,
            granularity,
            span,
            size,
            direction,
            after.clone(),
        )
        .await?;
        let data: Result<Vec<Metric>> = found.items.iter().map(Metric::of).collect();
        Ok(pages.page(&found, data?))
    })
    .await
}
