use std::collections::BTreeSet;

use base::{Direction, Error, Id, IdOrExternalId, ObjectId, PageSize, Result, Timestamp, limit};
use store::{
    Batch, Collection, Entity, Erased, Page, PersonalLine, Position, Query, Row, TenantAnalytics,
    TenantStore,
};

use super::bucket::{Bucket, forgotten_at};
use super::collections::{ActiveUser, Category, Event, Granularity, Metric};
use super::count::TimeRange;
use crate::users::User;
use crate::validation::{self, ValidationErrors};

/// An event to record.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Id of the event, unique per source: 1 to [`limit::LABEL_LENGTH`] characters.
    pub event_id: String,
    /// Name of the event.
    pub name: String,
    /// Category of the event.
    pub category: Category,
    /// User of the event; the acting user if absent.
    pub user: Option<IdOrExternalId<User>>,
    /// App of the event.
    pub app_id: Option<String>,
    /// Session of the event.
    pub session_id: Option<String>,
    /// Time of the event; now if absent.
    pub timestamp: Option<Timestamp>,
    /// Additional data: JSON text of at most [`limit::EVENT_DATA_BYTES`].
    pub data: Option<String>,
}

impl NewEvent {
    /// Validates the event and returns its document.
    ///
    /// # Errors
    /// 400 with all invalid fields.
    pub(super) fn validated(
        self,
        source: String,
        user_id: Option<Id<User>>,
        now: Timestamp,
    ) -> Result<Event> {
        let Self {
            event_id,
            name,
            category,
            app_id,
            session_id,
            timestamp,
            data,
            ..
        } = self;
        let mut errors = ValidationErrors::default();
        errors.add(validation::label("/event_id", &event_id))?;
        errors.add(validation::label("/name", &name))?;
        errors.add(validation::optional_label("/app_id", app_id.as_deref()))?;
        errors.add(validation::optional_label(
            "/session_id",
            session_id.as_deref(),
        ))?;
        let timestamp = timestamp.unwrap_or(now);
        let soon = now.plus_millis(limit::signed(limit::CLOCK_SKEW_SECONDS) * 1_000);
        if timestamp > soon || forgotten_at(timestamp) <= now {
            let days = limit::EVENT_SECONDS / 86_400;
            errors.add::<()>(Err(Error::invalid(
                "/timestamp",
                format!("must be within the last {days} days"),
            )))?;
        }
        let data = data
            .map(|data| validation::json_text("/data", &data, limit::EVENT_DATA_BYTES))
            .transpose();
        let data = errors.add(data)?.flatten();
        errors.finish()?;
        let expires_at = forgotten_at(timestamp);
        Ok(Event {
            teller: source,
            event_id,
            name,
            category,
            user_id,
            app_id,
            session_id,
            timestamp,
            data,
            expires_at,
        })
    }
}

/// Filter for events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventFilter {
    /// All events.
    All,
    /// Events of a user.
    OfUser(Id<User>),
    /// Events of a name.
    Named(String),
    /// Events of a category.
    OfCategory(Category),
    /// Events of an app.
    InApp(String),
    /// Events of a session.
    InSession(String),
}

impl EventFilter {
    /// Validates the filter's text.
    fn check(&self) -> Result<()> {
        match self {
            Self::All | Self::OfUser(_) | Self::OfCategory(_) => Ok(()),
            Self::Named(name) => validation::label("name", name),
            Self::InApp(app) => validation::label("app_id", app),
            Self::InSession(session) => validation::label("session_id", session),
        }
    }

    fn within(&self, range: TimeRange) -> Query<Event> {
        let (from, to) = range.bounds();
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

/// Lists events of a time range by time, one page at a time.
///
/// # Errors
/// 400 if the filter is invalid, 503 if the store is unavailable.
pub async fn list(
    tenant: &TenantStore,
    which: &EventFilter,
    range: TimeRange,
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<Page<Event>> {
    which.check()?;
    Ok(tenant
        .list(
            which
                .within(range)
                .limit(size.get())
                .towards(direction)
                .after(after),
        )
        .await?)
}

/// Lists stored counts of one granularity whose buckets start in a range, one page at a time.
///
/// # Errors
/// 503 if the store is unavailable.
pub async fn list_metrics(
    tenant: &TenantStore,
    granularity: Granularity,
    range: TimeRange,
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<Page<Metric>> {
    let metrics = granularity.metrics(range.from, range.to);
    Ok(tenant
        .list(metrics.limit(size.get()).towards(direction).after(after))
        .await?)
}

/// Removes documents of an erased user and marks the affected buckets in the same batch. Only these
/// documents are removed: one that was added concurrently may be in a bucket that is not marked
/// here.
///
/// # Errors
/// Fails if a stored document is invalid.
pub(crate) fn forget(
    batch: &mut Batch<TenantAnalytics>,
    line: PersonalLine,
    user: ObjectId,
    rows: &[Row],
) -> Result<Erased> {
    match line.declaration().name {
        name if name == Event::DECLARATION.name => remove::<Event>(batch, rows, |event| {
            Granularity::Hour.around(event.timestamp)
        }),
        name if name == ActiveUser::DECLARATION.name => {
            remove::<ActiveUser>(batch, rows, |active| {
                active.granularity.around(active.starts_at)
            })
        }
        _ => Ok(batch.erase(line, user, rows)),
    }
}

fn remove<C: Collection<Partition = TenantAnalytics>>(
    batch: &mut Batch<TenantAnalytics>,
    rows: &[Row],
    counted_in: impl Fn(&C) -> Bucket,
) -> Result<Erased> {
    let mut marked = BTreeSet::new();
    for row in rows {
        let document = Entity::<C>::from_row(row.clone()).map_err(Error::internal)?;
        batch.remove(document.id, false);
        marked.insert(counted_in(&document));
    }
    marked.into_iter().for_each(|bucket| bucket.mark(batch));
    Ok(Erased {
        removed: rows.len(),
        wiped: 0,
    })
}
