//! Activities of users in the last 90 days.

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

pub use self::{
    ActivityFilter as Of, SystemActivity as What, record_in as note, subject as of_whom,
};

/// Collections of the module.
pub(crate) const COLLECTIONS: &[&Declaration] = &[Activity::DECLARATION];

/// Lifetime of an activity in milliseconds.
const LIFETIME_MILLIS: i64 = limit::signed(limit::ACTIVITY_SECONDS) * 1_000;

/// An activity to record.
#[derive(Clone, Debug)]
pub struct NewActivity {
    /// Type: 1 to [`limit::LABEL_LENGTH`] characters, without the prefix of system types.
    pub event_type: String,
    /// App of the activity.
    pub app_id: Option<String>,
    /// Session of the activity.
    pub session_id: Option<String>,
    /// Time within the last 90 days; now if absent.
    pub timestamp: Option<Timestamp>,
    /// Additional data: JSON text of at most [`limit::EVENT_DATA_BYTES`].
    pub data: Option<String>,
}

/// A recorded activity.
#[derive(Debug)]
pub struct Recorded {
    /// The stored activity.
    pub activity: Entity<Activity>,
    /// Whether an earlier request with the same idempotency key recorded it.
    pub replayed: bool,
}

/// Records an activity, once per idempotency key.
///
/// # Errors
/// 400, 404 `user_not_found`, 403 `forbidden` for another user, 409 `idempotency_key_reused`.
pub async fn record(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<User>,
    new: NewActivity,
    attempt: Option<&Attempt>,
) -> Result<Recorded> {
    let user = subject(tenant, actor, name).await?;
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
    if let Some(earlier) = find_recorded(tenant, attempt).await? {
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
        // A concurrent request with the same key may have been committed first.
        Err(error) => find_recorded(tenant, attempt)
            .await?
            .ok_or_else(|| error.into()),
    }
}

async fn find_recorded(tenant: &TenantStore, attempt: &Attempt) -> Result<Option<Recorded>> {
    let Some(replay) = attempt.replay(tenant).await? else {
        return Ok(None);
    };
    let ids: Vec<_> = replay.results.iter().map(|id| Id::new(*id)).collect();
    let message = "The activity of the first request has expired.";
    let expired = || Error::new(ErrorCode::StateConflict, message);
    let activity = tenant.get_many(&ids).await?.pop().ok_or_else(expired)?;
    Ok(Some(Recorded {
        activity,
        replayed: true,
    }))
}

/// Returns the referenced user if the actor may read and record their activities: a server for any
/// user, a user for themselves.
///
/// # Errors
/// 404 `user_not_found`, 403 `forbidden`.
pub async fn subject(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<User>,
) -> Result<Id<User>> {
    let user = users::resolve(tenant, name).await?.id;
    if matches!(actor, Actor::User(acting) if acting != user) {
        return Err(Error::new(
            ErrorCode::Forbidden,
            "Users can access only their own activities.",
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
    let mut errors = ValidationErrors::default();
    errors.add(validation::label("/event_type", &event_type))?;
    if event_type.starts_with(RESERVED) {
        errors.add::<()>(Err(Error::invalid(
            "/event_type",
            "types that begin with caas. are reserved",
        )))?;
    }
    errors.add(validation::optional_label("/app_id", app_id.as_deref()))?;
    errors.add(validation::optional_label(
        "/session_id",
        session_id.as_deref(),
    ))?;
    let timestamp = timestamp.unwrap_or(now);
    let soon = now.plus_millis(limit::signed(limit::CLOCK_SKEW_SECONDS) * 1_000);
    if timestamp > soon || timestamp <= now.plus_millis(-LIFETIME_MILLIS) {
        errors.add::<()>(Err(Error::invalid(
            "/timestamp",
            "must be within the last 90 days",
        )))?;
    }
    let data = data
        .map(|data| validation::json_text("/data", &data, limit::EVENT_DATA_BYTES))
        .transpose();
    let data = errors.add(data)?.flatten();
    errors.finish()?;
    let expires_at = timestamp.plus_millis(LIFETIME_MILLIS);
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

/// Prefix of system types.
const RESERVED: &str = "caas.";

store::string_enum! {
    /// Type of an activity that the system records.
    pub enum SystemActivity {
        /// A user token was minted.
        TokenIssued = "caas.token_issued",
        /// The tenant's settings were changed.
        SettingsUpdated = "caas.settings_updated",
        /// The user's preferences were changed.
        PreferencesUpdated = "caas.preferences_updated",
        /// Data of an app was changed.
        AppDataUpdated = "caas.app_data_updated",
        /// The user joined a conversation.
        Joined = "caas.joined",
        /// The user left a conversation.
        Left = "caas.left",
        /// The user blocked another user.
        Blocked = "caas.blocked",
        /// The user signed in.
        Login = "login",
        /// A session of the user ended.
        Logout = "logout",
        /// A sign-in of the user failed.
        FailedLogin = "failed_login",
        /// The user's password was changed.
        PasswordChanged = "password_changed",
        /// The user's e-mail address was changed by the user.
        EmailChanged = "email_changed",
        /// An identity was linked to the user.
        IdentityLinked = "identity_linked",
        /// An identity was unlinked from the user.
        IdentityUnlinked = "identity_unlinked",
    }
}

/// Records an activity in the batch of its effect, with the user (absent if the tenant's server
/// acted for itself) and the app. `data` contains ids and fixed words only, never text written by
/// users.
pub fn record_in(
    batch: &mut Batch<TenantData>,
    user: Option<Id<User>>,
    what: SystemActivity,
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
        expires_at: timestamp.plus_millis(LIFETIME_MILLIS),
    });
}

/// Records an activity of a session in the batch of its effect.
pub(crate) fn record_of_session(
    batch: &mut Batch<TenantData>,
    user: Id<User>,
    what: SystemActivity,
    session_id: &str,
    app: &str,
    data: &Value,
) {
    let timestamp = batch.now();
    batch.insert(Activity {
        user_id: Some(user),
        event_type: what.as_str().to_owned(),
        app_id: Some(app.to_owned()),
        session_id: Some(session_id.to_owned()),
        timestamp,
        data: Some(JsonText(data.to_string().into())),
        expires_at: timestamp.plus_millis(LIFETIME_MILLIS),
    });
}

/// Filter for activities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActivityFilter {
    /// Activities of a user.
    User(Id<User>),
    /// Activities of an app.
    App(String),
    /// Activities of a session.
    Session(String),
    /// Activities of a type.
    Type(String),
}

impl ActivityFilter {
    /// Validates the filter's text.
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

/// Lists activities by time, one page at a time, optionally of the last `hours` only. Activities
/// older than 90 days are not returned, even if they are still stored.
///
/// # Errors
/// 400 if `hours` or the filter is invalid, 503 if the store is unavailable.
pub async fn list(
    tenant: &TenantStore,
    of: &ActivityFilter,
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
    let span = hours.map_or(LIFETIME_MILLIS, |hours| hours * 3_600_000);
    let since = tenant.context().now().plus_millis(-span);
    // The range excludes expired activities, so that no page scans those that wait for removal.
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
    async fn repeated_request_with_one_key_records_one_activity() {
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
    async fn activity_of_another_user_or_of_a_system_type_is_rejected() {
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
    async fn time_outside_ninety_days_is_rejected() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        person(&acme, "ada").await;
        let now = acme.context().now();
        for timestamp in [now.plus_millis(-LIFETIME_MILLIS), now.plus_millis(61_000)] {
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

    async fn record_activity(
        tenant: &TenantStore,
        event_type: &str,
        app: &str,
        timestamp: Option<Timestamp>,
    ) {
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

    async fn types(tenant: &TenantStore, of: ActivityFilter, hours: Option<i64>) -> Vec<String> {
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
    async fn list_filters_by_user_app_session_and_type() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        for (event_type, app) in [("login", "shop"), ("view", "shop"), ("view", "blog")] {
            record_activity(&acme, event_type, app, None).await;
            world.clock.advance(HOUR);
        }
        assert_eq!(
            types(&acme, ActivityFilter::User(ada), None).await,
            ["view", "view", "login"]
        );
        assert_eq!(
            types(&acme, ActivityFilter::User(ada), Some(2)).await,
            ["view"]
        );
        assert_eq!(
            types(&acme, ActivityFilter::App("shop".to_owned()), None).await,
            ["view", "login"]
        );
        assert_eq!(
            types(&acme, ActivityFilter::Session("monday".to_owned()), None)
                .await
                .len(),
            3
        );
        assert_eq!(
            types(&acme, ActivityFilter::Type("view".to_owned()), None)
                .await
                .len(),
            2
        );
    }

    #[tokio::test]
    async fn expired_activities_are_not_returned() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        record_activity(&acme, "login", "shop", None).await;
        let mut batch = acme.batch();
        record_in(
            &mut batch,
            Some(ada),
            SystemActivity::Joined,
            None,
            &json!({}),
        );
        acme.commit(batch).await.unwrap();
        world.clock.advance(LIFETIME_MILLIS - 1);
        assert_eq!(types(&acme, ActivityFilter::User(ada), None).await.len(), 2);
        record_activity(&acme, "return", "shop", None).await;
        world.clock.advance(1);
        assert_eq!(
            types(&acme, ActivityFilter::User(ada), None).await,
            ["return"]
        );
        assert_eq!(
            types(&acme, ActivityFilter::App("shop".to_owned()), None).await,
            ["return"]
        );
        let stored = world
            .store
            .expired::<Activity>(store::Partition::Shared, 10)
            .await
            .unwrap();
        assert_eq!(stored.len(), 2, "expired ones are not removed yet");
    }
}
