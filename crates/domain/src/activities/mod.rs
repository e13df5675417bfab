//! What users did in the last 90 days.

mod collections;

use base::{Direction, Error, ErrorCode, Id, IdOrExternalId, PageSize, Result, Timestamp, limit};
use serde_json::Value;
use store::{
    Batch, Collection, Declaration, Entity, JsonText, Page, Position, Query, TenantData,
    TenantStore,
};

use crate::actor::Actor;
use crate::idempotency::Attempt;
use crate::users::{self, User};
use crate::validation::{self, ValidationErrors};
pub use collections::Activity;

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[Activity::DECLARATION];

/// Milliseconds until an activity is forgotten.
const LIFE: i64 = limit::signed(limit::ACTIVITY_SECONDS) * 1_000;

/// An activity as it is told.
#[derive(Clone, Debug)]
pub struct NewActivity {
    /// What was done: 1 to [`limit::LABEL_LENGTH`] characters, none of the system's own types.
    pub event_type: String,
    /// The app it was done in.
    pub app_id: Option<String>,
    /// The session it was done in.
    pub session_id: Option<String>,
    /// When it was done, within the last 90 days; now when absent.
    pub timestamp: Option<Timestamp>,
    /// More about it: JSON text of at most [`limit::EVENT_DATA_BYTES`].
    pub data: Option<String>,
}

/// An activity that stands.
#[derive(Debug)]
pub struct Recorded {
    /// The activity.
    pub activity: Entity<Activity>,
    /// Whether an earlier request under the same idempotency key recorded it.
    pub replayed: bool,
}

/// Records what a user did, once for all repeats under an idempotency key.
///
/// # Errors
/// 400, 404 `user_not_found`, 403 `forbidden` for another user's, 409
/// `idempotency_key_reused`.
pub async fn record(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<User>,
    new: NewActivity,
    attempt: Option<&Attempt>,
) -> Result<Recorded> {
    let user = of_whom(tenant, actor, name).await?;
    let document = document(user, new, tenant.context().now())?;
    let Some(attempt) = attempt else {
        let mut batch = tenant.batch();
        let activity = batch.insert(document);
        tenant.commit(batch).await?;
        return Ok(Recorded {
            activity,
            replayed: false,
        });
    };
    if let Some(earlier) = earlier(tenant, attempt).await? {
        return Ok(earlier);
    }
    let mut batch = tenant.batch();
    let activity = batch.insert(document);
    attempt.record(&mut batch, 201, &[activity.id.object_id()]);
    match tenant.commit(batch).await {
        Ok(()) => Ok(Recorded {
            activity,
            replayed: false,
        }),
        // A racing repeat may have been faster.
        Err(error) => earlier(tenant, attempt).await?.ok_or_else(|| error.into()),
    }
}

async fn earlier(tenant: &TenantStore, attempt: &Attempt) -> Result<Option<Recorded>> {
    let Some(replay) = attempt.replay(tenant).await? else {
        return Ok(None);
    };
    let ids: Vec<_> = replay.results.iter().map(|id| Id::new(*id)).collect();
    let told = "What the first request recorded is forgotten by now.";
    let gone = || Error::new(ErrorCode::StateConflict, told);
    let activity = tenant.get_many(&ids).await?.pop().ok_or_else(gone)?;
    Ok(Some(Recorded {
        activity,
        replayed: true,
    }))
}

/// The user that is named, whose activities the actor may see and tell: a
/// server any user's, a user their own.
///
/// # Errors
/// 404 `user_not_found`, 403 `forbidden`.
pub async fn of_whom(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<User>,
) -> Result<Id<User>> {
    let user = users::resolve(tenant, name).await?.id;
    if matches!(actor, Actor::User(acting) if acting != user) {
        return Err(Error::new(
            ErrorCode::Forbidden,
            "A user has to do with their own activities only.",
        ));
    }
    Ok(user)
}

fn document(user: Id<User>, new: NewActivity, now: Timestamp) -> Result<Activity> {
    let NewActivity {
        event_type,
        app_id,
        session_id,
        timestamp,
        data,
    } = new;
    let mut faults = ValidationErrors::default();
    faults.note(validation::label("/event_type", &event_type))?;
    if event_type.starts_with(RESERVED) {
        faults.note::<()>(Err(Error::invalid(
            "/event_type",
            "types that begin with caas. are the system's own",
        )))?;
    }
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
    if timestamp > soon || timestamp <= now.plus_millis(-LIFE) {
        faults.note::<()>(Err(Error::invalid(
            "/timestamp",
            "must lie within the last 90 days",
        )))?;
    }
    let data = data
        .map(|data| validation::json_text("/data", &data, limit::EVENT_DATA_BYTES))
        .transpose();
    let data = faults.note(data)?.flatten();
    faults.done()?;
    let expires_at = timestamp.plus_millis(LIFE);
    Ok(Activity {
        user_id: Some(user),
        event_type,
        app_id,
        session_id,
        timestamp,
        data,
        expires_at,
    })
}

/// What the types of the system's own activities begin with.
const RESERVED: &str = "caas.";

store::string_enum! {
    /// What the system notes by itself.
    pub enum What {
        /// A user token was minted.
        TokenIssued = "caas.token_issued",
        /// The tenant's settings were changed.
        SettingsUpdated = "caas.settings_updated",
        /// The user's preferences were changed.
        PreferencesUpdated = "caas.preferences_updated",
        /// Data of an app was changed.
        AppDataUpdated = "caas.app_data_updated",
        /// The user began to take part in a conversation.
        Joined = "caas.joined",
        /// The user's part in a conversation ended.
        Left = "caas.left",
        /// The user blocked another.
        Blocked = "caas.blocked",
    }
}

/// Notes, in the batch of its effect, what happened: to which user, unless the
/// tenant's server did it on its own behalf, and in which app. `data` names
/// what it happened to by ids and words, never by texts that people wrote.
pub fn note(
    batch: &mut Batch<TenantData>,
    user: Option<Id<User>>,
    what: What,
    app: Option<&str>,
    data: &Value,
) {
    let timestamp = batch.now();
    batch.insert(Activity {
        user_id: user,
        event_type: what.as_str().to_owned(),
        app_id: app.map(str::to_owned),
        session_id: None,
        timestamp,
        data: Some(JsonText(data.to_string().into())),
        expires_at: timestamp.plus_millis(LIFE),
    });
}

/// Whose or which activities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Of {
    /// Those of a user.
    User(Id<User>),
    /// Those in an app.
    App(String),
    /// Those in a session.
    Session(String),
    /// Those of a type.
    Type(String),
}

impl Of {
    /// Checks the words by which activities are selected.
    fn check(&self) -> Result<()> {
        match self {
            Self::User(_) => Ok(()),
            Self::App(app) => validation::label("app_id", app),
            Self::Session(session) => validation::label("session_id", session),
            Self::Type(event_type) => validation::label("event_type", event_type),
        }
    }

    fn query(&self) -> Query<Activity> {
        match self {
            Self::User(user) => Activity::by_user.eq(Activity::user_id, *user),
            Self::App(app) => Activity::by_app.eq(Activity::app_id, app.clone()),
            Self::Session(session) => {
                Activity::by_session.eq(Activity::session_id, session.clone())
            }
            Self::Type(event_type) => {
                Activity::by_type.eq(Activity::event_type, event_type.clone())
            }
        }
    }
}

/// A page of activities by the time they were done, of the last hours when
/// they are given. None is older than 90 days, whatever is still stored.
///
/// # Errors
/// 400 for hours outside the 90 days and for words that no activity can have, 503 when the store cannot answer.
pub async fn list(
    tenant: &TenantStore,
    of: &Of,
    hours: Option<i64>,
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<Page<Activity>> {
    of.check()?;
    let most = limit::signed(limit::ACTIVITY_SECONDS) / 3_600;
    if hours.is_some_and(|hours| !(1..=most).contains(&hours)) {
        return Err(Error::invalid("hours", format!("Expected 1 to {most}.")));
    }
    let span = hours.map_or(LIFE, |hours| hours * 3_600_000);
    let since = tenant.context().now().plus_millis(-span);
    // The range ends where activities do, so that no page walks over those that wait to be removed.
    let query = of.query().above(Activity::timestamp, since);
    Ok(tenant
        .list(query.limit(size.get()).towards(direction).after(after))
        .await?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::world::{World, ext, person};

    fn new(event_type: &str) -> NewActivity {
        let app_id = None;
        let session_id = None;
        let timestamp = None;
        let data = None;
        NewActivity {
            event_type: event_type.to_owned(),
            app_id,
            session_id,
            timestamp,
            data,
        }
    }

    #[tokio::test]
    async fn equal_requests_under_one_key_are_one_activity() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        person(&acme, "ada").await;
        let attempt = Attempt::new("server".to_owned(), "k", "same".to_owned()).unwrap();
        let ada = ext("ada");
        let tell = || record(&acme, Actor::Server, &ada, new("login"), Some(&attempt));
        let answers = futures_util::future::join_all((0..20).map(|_| tell())).await;
        let mut ids: Vec<_> = answers
            .iter()
            .map(|answer| answer.as_ref().unwrap().activity.id)
            .collect();
        ids.dedup();
        assert_eq!(ids.len(), 1);
        assert_eq!(
            answers
                .iter()
                .filter(|answer| !answer.as_ref().unwrap().replayed)
                .count(),
            1
        );
    }

    #[tokio::test]
    async fn nobody_tells_another_users_activities_or_the_systems() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let bob = Actor::User(person(&acme, "bob").await);
        person(&acme, "ada").await;
        let failure = record(&acme, bob, &ext("ada"), new("login"), None)
            .await
            .unwrap_err();
        assert_eq!(failure.code, ErrorCode::Forbidden);
        let failure = record(&acme, bob, &ext("bob"), new("caas.joined"), None)
            .await
            .unwrap_err();
        assert_eq!(failure.faults[0].pointer, "/event_type");
    }

    #[tokio::test]
    async fn what_lies_outside_ninety_days_is_refused() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        person(&acme, "ada").await;
        let now = acme.context().now();
        for timestamp in [now.plus_millis(-LIFE), now.plus_millis(61_000)] {
            let new = NewActivity {
                timestamp: Some(timestamp),
                ..new("login")
            };
            let failure = record(&acme, Actor::Server, &ext("ada"), new, None)
                .await
                .unwrap_err();
            assert_eq!(failure.faults[0].pointer, "/timestamp");
        }
    }

    const HOUR: i64 = 3_600_000;

    async fn told(tenant: &TenantStore, event_type: &str, app: &str, timestamp: Option<Timestamp>) {
        let app_id = Some(app.to_owned());
        let session_id = Some("monday".to_owned());
        let data = Some(r#"{"$any.key":1}"#.to_owned());
        let new = NewActivity {
            event_type: event_type.to_owned(),
            app_id,
            session_id,
            timestamp,
            data,
        };
        record(tenant, Actor::Server, &ext("ada"), new, None)
            .await
            .unwrap();
    }

    async fn types(tenant: &TenantStore, of: Of, hours: Option<i64>) -> Vec<String> {
        let page = list(tenant, &of, hours, PageSize::MAX, Direction::Backward, None)
            .await
            .unwrap();
        assert!(
            page.items
                .iter()
                .all(|activity| activity.expires_at > tenant.context().now())
        );
        page.items
            .into_iter()
            .map(|activity| activity.doc.event_type)
            .collect()
    }

    #[tokio::test]
    async fn they_are_listed_by_user_app_session_and_type_the_newest_first() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        for (event_type, app) in [("login", "shop"), ("view", "shop"), ("view", "blog")] {
            told(&acme, event_type, app, None).await;
            world.clock.advance(HOUR);
        }
        assert_eq!(
            types(&acme, Of::User(ada), None).await,
            ["view", "view", "login"]
        );
        assert_eq!(types(&acme, Of::User(ada), Some(2)).await, ["view"]);
        assert_eq!(
            types(&acme, Of::App("shop".to_owned()), None).await,
            ["view", "login"]
        );
        assert_eq!(
            types(&acme, Of::Session("monday".to_owned()), None)
                .await
                .len(),
            3
        );
        assert_eq!(
            types(&acme, Of::Type("view".to_owned()), None).await.len(),
            2
        );
    }

    #[tokio::test]
    async fn after_ninety_days_none_is_returned_although_all_are_stored() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        told(&acme, "login", "shop", None).await;
        let mut batch = acme.batch();
        note(&mut batch, Some(ada), What::Joined, None, &json!({}));
        acme.commit(batch).await.unwrap();
        world.clock.advance(LIFE - 1);
        assert_eq!(types(&acme, Of::User(ada), None).await.len(), 2);
        told(&acme, "return", "shop", None).await;
        world.clock.advance(1);
        assert_eq!(types(&acme, Of::User(ada), None).await, ["return"]);
        assert_eq!(
            types(&acme, Of::App("shop".to_owned()), None).await,
            ["return"]
        );
        let stored = world
            .store
            .expired::<Activity>(store::Partition::Shared, 10)
            .await
            .unwrap();
        assert_eq!(stored.len(), 2, "they wait for the sweep");
    }
}
