use base::{Direction, Error, Id, PageSize, Result, limit};
use store::{Page, Position, Query, TenantStore};

use super::{Activity, LIFE};
use crate::users::User;
use crate::validation;

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
    use base::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::Actor;
    use crate::activities::{NewActivity, What, note, record};
    use crate::world::{World, ext, person};

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
