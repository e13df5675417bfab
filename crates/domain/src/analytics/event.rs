use std::collections::BTreeSet;

use base::{Direction, Error, Id, IdOrExternalId, ObjectId, PageSize, Result, Timestamp, limit};
use store::{
    Batch, Collection, Entity, Erased, Page, PersonalLine, Position, Query, Row, TenantAnalytics,
    TenantStore,
};

use super::bucket::{Bucket, forgotten_at};
use super::collections::{ActiveUser, Category, Event, Granularity, Metric};
use super::count::Span;
use crate::users::User;
use crate::validation::{self, ValidationErrors};

/// An event as it is told.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// The teller's own id of it: 1 to [`limit::LABEL_LENGTH`] characters.
    pub event_id: String,
    /// What happened.
    pub name: String,
    /// What kind of event it is.
    pub category: Category,
    /// Who did it; the acting user when absent.
    pub user: Option<IdOrExternalId<User>>,
    /// The app it happened in.
    pub app_id: Option<String>,
    /// The session it happened in.
    pub session_id: Option<String>,
    /// When it happened; now when absent.
    pub timestamp: Option<Timestamp>,
    /// More about it: JSON text of at most [`limit::EVENT_DATA_BYTES`].
    pub data: Option<String>,
}

impl NewEvent {
    /// The document, when everything in it keeps its bounds.
    ///
    /// # Errors
    /// 400 with every fault.
    pub(super) fn checked(
        self,
        teller: String,
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
        let mut faults = ValidationErrors::default();
        faults.note(validation::label("/event_id", &event_id))?;
        faults.note(validation::label("/name", &name))?;
        faults.note(
            app_id
                .as_deref()
                .map_or(Ok(()), |app| validation::label("/app_id", app)),
        )?;
        faults.note(
            session_id
                .as_deref()
                .map_or(Ok(()), |session| validation::label("/session_id", session)),
        )?;
        let timestamp = timestamp.unwrap_or(now);
        let soon = now.plus_millis(limit::signed(limit::CLOCK_SKEW_SECONDS) * 1_000);
        if timestamp > soon || forgotten_at(timestamp) <= now {
            let days = limit::EVENT_SECONDS / 86_400;
            faults.note::<()>(Err(Error::invalid(
                "/timestamp",
                format!("must lie within the last {days} days"),
            )))?;
        }
        let data = data
            .map(|data| validation::json_text("/data", &data, limit::EVENT_DATA_BYTES))
            .transpose();
        let data = faults.note(data)?.flatten();
        faults.done()?;
        let expires_at = forgotten_at(timestamp);
        Ok(Event {
            teller,
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

/// Removes documents of a person who is erased, and marks in the same batch
/// what was counted from them. Removes just these: another one that came
/// meanwhile may lie in an hour that is not marked here.
///
/// # Errors
/// When what is stored cannot be read.
pub(crate) fn forget(
    batch: &mut Batch<TenantAnalytics>,
    line: PersonalLine,
    person: ObjectId,
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
        _ => Ok(batch.erase(line, person, rows)),
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
