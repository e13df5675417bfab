use axum::extract::State;
use axum::response::Response;
use base::{Direction, Error, IdOrExternalId, Result, Timestamp};
use domain::analytics::{EventFilter, list};
use domain::users::User;
use serde::Deserialize;
use utoipa::IntoParams;
use wire::{AnalyticsEvent, EventCategory, Page, WithIncludes};

use super::span::span;
use crate::api::Api;
use crate::cursor::List;
use crate::expand::{ExpandParams, Expanding};
use crate::extract::{Caller, Way, limit_schema, number, size};
use crate::page;
use crate::refusal::Answer;

/// Which events, and which page of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Those of this user.
    #[param(value_type = Option<wire::schema::Named>)]
    user_id: Option<IdOrExternalId<User>>,
    /// Those of this name.
    #[param(value_type = Option<wire::schema::Label>)]
    name: Option<String>,
    /// Those of this category.
    category: Option<EventCategory>,
    /// Those in this app.
    #[param(value_type = Option<wire::schema::Label>)]
    app_id: Option<String>,
    /// Those in this session.
    #[param(value_type = Option<wire::schema::Label>)]
    session_id: Option<String>,
    /// The first moment; 400 days before `to` when not given.
    #[param(value_type = Option<wire::schema::Timestamp>)]
    from: Option<Timestamp>,
    /// The first moment behind it; now when not given.
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

impl ListQuery {
    async fn which(&self, api: &Api, caller: &Caller) -> Result<EventFilter> {
        let Self {
            user_id,
            name,
            category,
            app_id,
            session_id,
            ..
        } = self;
        let told = || {
            Error::invalid(
                "name",
                "Expected at most one of user_id, name, category, app_id and session_id.",
            )
        };
        Ok(match (user_id, name, category, app_id, session_id) {
            (None, None, None, None, None) => EventFilter::All,
            (Some(user), None, None, None, None) => {
                EventFilter::OfUser(api.cards().resolve(&caller.tenant, user).await?.id)
            }
            (None, Some(name), None, None, None) => EventFilter::Named(name.clone()),
            (None, None, Some(category), None, None) => EventFilter::OfCategory((*category).into()),
            (None, None, None, Some(app), None) => EventFilter::InApp(app.clone()),
            (None, None, None, None, Some(session)) => EventFilter::InSession(session.clone()),
            _ => return Err(told()),
        })
    }
}

/// List events
///
/// All, or those of a user, a name, a category, an app or a session, in a range of time, the newest first unless asked
/// otherwise.
#[utoipa::path(
    get, path = "/v1/analytics/events", tag = "analytics", params(ListQuery, ExpandParams),
    responses((status = 200, description = "A page of events.", body = Page<WithIncludes<AnalyticsEvent>>)),
)]
pub(super) async fn list_events(
    State(api): State<Api>,
    caller: Caller,
    Expanding(query, expand): Expanding<ListQuery>,
) -> Answer<Response> {
    let which = query.which(&api, &caller).await?;
    let span = span(query.from, query.to, api.store().context().now())?;
    let direction = query.direction.map_or(Direction::Backward, Direction::from);
    let filter = format!("{which:?}/{:?}/{:?}", query.from, query.to);
    let pages = List::new(&api, &caller, "list_events", &filter, direction);
    let after = pages.open(query.cursor.as_deref())?;
    page::answer(size(query.limit)?, async |size| {
        let found = list(&caller.tenant, &which, span, size, direction, after.clone()).await?;
        let whose = |event: &domain::analytics::Event| event.user_id;
        let data = api
            .expanded_page(&caller, expand, &found.items, whose, AnalyticsEvent::of)
            .await?;
        Ok(pages.page(&found, data))
    })
    .await
}
