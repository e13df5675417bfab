use base::{Error, ErrorCode, Id, IdOrExternalId, Result, Timestamp, limit};
use store::{Entity, TenantStore};

use super::note::RESERVED;
use super::{Activity, LIFE};
use crate::actor::Actor;
use crate::idempotency::Attempt;
use crate::users::{self, User};
use crate::validation::{self, ValidationErrors};

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

#[cfg(test)]
mod tests {
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
}
