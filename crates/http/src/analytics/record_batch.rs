use axum::Json;
use axum::extract::State;
use wire::{AnalyticsEventBatch, EventsTaken};

use crate::api::Api;
use crate::extract::{Body, Caller};
use crate::refusal::Answer;

/// Events of a batch that count as one request.
const EVENTS_PER_REQUEST: usize = 10;

/// Tell several events
///
/// All or none: one wrong event refuses the batch, with pointers such as `/events/3/name`. Each is kept once however
/// often it is told under the same `event_id`. When too many wait to be written the answer is 429.
#[utoipa::path(
    post, path = "/v1/analytics/events/batch", tag = "analytics", request_body = AnalyticsEventBatch,
    responses((status = 200, description = "They stand.", body = EventsTaken)),
)]
pub(super) async fn record_events(
    State(api): State<Api>,
    caller: Caller,
    Body(batch): Body<AnalyticsEventBatch>,
) -> Answer<Json<EventsTaken>> {
    api.charge(&caller, batch.events.len() / EVENTS_PER_REQUEST);
    let events = batch.events.into_iter().map(Into::into).collect();
    let taken = api
        .intake()
        .take(&caller.tenant, caller.actor, events)
        .await;
    Ok(Json(
        taken.map_err(|failure| failure.within("/events"))?.into(),
    ))
}
