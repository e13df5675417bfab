use axum::Json;
use axum::extract::State;
use base::{IdOrExternalId, Timestamp};
use domain::analytics::count;
use domain::users::User;
use serde::Deserialize;
use utoipa::IntoParams;
use wire::EventCounts;

use super::span::span;
use crate::api::Api;
use crate::extract::{Caller, Query};
use crate::refusal::Answer;

/// Which events are counted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct CountQuery {
    /// The first moment; 400 days before `to` when not given.
    #[param(value_type = Option<wire::schema::Timestamp>)]
    from: Option<Timestamp>,
    /// The first moment behind it; now when not given.
    #[param(value_type = Option<wire::schema::Timestamp>)]
    to: Option<Timestamp>,
    /// Those of one user.
    #[param(value_type = Option<wire::schema::Named>)]
    user_id: Option<IdOrExternalId<User>>,
}

/// Count events
///
/// By category and by name, in a range of time. Of all users they are summed from counted days and hours, which follow
/// the events by some seconds; of one user they are counted as asked. Events and counted hours are kept for 400 days,
/// counted days for good: of what is older, whole days are counted.
#[utoipa::path(
    get, path = "/v1/analytics/counts", tag = "analytics", params(CountQuery),
    responses((status = 200, description = "The counts.", body = EventCounts)),
)]
pub(super) async fn count_events(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<CountQuery>,
) -> Answer<Json<EventCounts>> {
    let span = span(query.from, query.to, api.store().context().now())?;
    let user = match &query.user_id {
        Some(name) => Some(api.cards().resolve(&caller.tenant, name).await?.id),
        None => None,
    };
    Ok(Json(count(&caller.tenant, span, user).await?.into()))
}
