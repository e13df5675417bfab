use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use wire::{EventsTaken, NewAnalyticsEvent};

use crate::api::Api;
use crate::extract::{Body, Caller};
use crate::refusal::Answer;

/// Tell an event
///
/// Kept once however often the same user, or the tenant's server, tells it under the same `event_id`. A user tells of
/// their own events, a server of any user's or of nobody's.
#[utoipa::path(
    post, path = "/v1/analytics/events", tag = "analytics", request_body = NewAnalyticsEvent,
    responses(
        (status = 201, description = "It stands now.", body = EventsTaken),
        (status = 200, description = "It was told before.", body = EventsTaken),
    ),
)]
pub(super) async fn record_event(
    State(api): State<Api>,
    caller: Caller,
    Body(event): Body<NewAnalyticsEvent>,
) -> Answer<(StatusCode, Json<EventsTaken>)> {
    let taken = api
        .intake()
        .take(&caller.tenant, caller.actor, vec![event.into()])
        .await;
    // The one event is the body.
    let taken = taken.map_err(|failure| failure.without("/0"))?;
    let status = if taken.new > 0 {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(taken.into())))
}
