use std::io;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base::{Direction, PageSize, Result};
use domain::analytics::{Event, EventFilter, Span, list};
use futures_util::stream::{self, StreamExt};
use store::{Page, Position, TenantStore};
use wire::csv;

use super::span::SpanQuery;
use crate::api::Api;
use crate::extract::{Caller, Query};
use crate::refusal::Answer;

/// Export events
///
/// The events of a range of time as comma-separated values, the oldest first. A cell that a spreadsheet would take for
/// a formula begins with an apostrophe. The answer is cut off when it cannot be finished.
#[utoipa::path(
    get, path = "/v1/analytics/events/export", tag = "analytics", params(SpanQuery),
    responses((status = 200, description = "The events.", body = String, content_type = "text/csv")),
)]
pub(super) async fn export_events(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<SpanQuery>,
) -> Answer<Response> {
    let span = query.span(api.store().context().now())?;
    let tenant = caller.tenant.clone();
    // Read before the answer begins, so that a store that cannot answer is told as one.
    let first = page(&tenant, span, None).await?;
    let rest = stream::try_unfold(first.next.clone(), move |after| {
        let tenant = tenant.clone();
        async move {
            let Some(after) = after else { return Ok(None) };
            let page = page(&tenant, span, Some(after))
                .await
                .map_err(io::Error::other)?;
            Ok::<_, io::Error>(Some((lines(&page), page.next)))
        }
    });
    let head = Bytes::from(csv::HEAD);
    let body = Body::from_stream(stream::iter([Ok(head), Ok(lines(&first))]).chain(rest));
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (CONTENT_DISPOSITION, "attachment; filename=\"events.csv\""),
    ];
    Ok((headers, body).into_response())
}

async fn page(tenant: &TenantStore, span: Span, after: Option<Position>) -> Result<Page<Event>> {
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

fn lines(page: &Page<Event>) -> Bytes {
    page.items
        .iter()
        .map(|event| csv::line(event))
        .collect::<String>()
        .into()
}
