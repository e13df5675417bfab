use base::{Direction, Id, PageSize, Result};
use store::{Page, Position, Query, TenantStore};

use super::collections::{Category, Event, Granularity, Metric};
use super::count::Span;
use crate::users::User;
use crate::validation;

/// Which events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventFilter {
    /// All.
    All,
    /// A user's.
    OfUser(Id<User>),
    /// Those of a name.
    Named(String),
    /// Those of a category.
    OfCategory(Category),
    /// Those in an app.
    InApp(String),
    /// Those in a session.
    InSession(String),
}

impl EventFilter {
    /// Checks the words by which events are selected.
    fn check(&self) -> Result<()> {
        match self {
            Self::All | Self::OfUser(_) | Self::OfCategory(_) => Ok(()),
            Self::Named(name) => validation::label("name", name),
            Self::InApp(app) => validation::label("app_id", app),
            Self::InSession(session) => validation::label("session_id", session),
        }
    }

    fn within(&self, span: Span) -> Query<Event> {
        let (from, to) = span.bounds();
        let of = match self {
            Self::All => Event::by_time.all(),
            Self::OfUser(user) => Event::by_user.eq(Event::user_id, *user),
            Self::Named(name) => Event::by_name.eq(Event::name, name.clone()),
            Self::OfCategory(category) => Event::by_category.eq(Event::category, *category),
            Self::InApp(app) => Event::by_app.eq(Event::app_id, app.clone()),
            Self::InSession(session) => Event::by_session.eq(Event::session_id, session.clone()),
        };
        of.between(Event::timestamp, from, to)
    }
}

/// A page of events of a range by the time they happened.
///
/// # Errors
/// 400 for words that no event can have, 503 when the store cannot answer.
pub async fn list(
    tenant: &TenantStore,
    which: &EventFilter,
    span: Span,
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<Page<Event>> {
    which.check()?;
    Ok(tenant
        .list(
            which
                .within(span)
                .limit(size.get())
                .towards(direction)
                .after(after),
        )
        .await?)
}

/// A page of counted buckets of one length that begin in a range, by their beginning.
///
/// # Errors
/// 503 when the store cannot answer.
pub async fn list_metrics(
    tenant: &TenantStore,
    granularity: Granularity,
    span: Span,
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<Page<Metric>> {
    let metrics = granularity.metrics(span.from, span.to);
    Ok(tenant
        .list(metrics.limit(size.get()).towards(direction).after(after))
        .await?)
}
