//! Reading and updating of user preferences.

mod validate;

use std::collections::HashMap;

use base::{Id, Result};
use serde_json::json;
use store::{Batch, Entity, TenantData, TenantStore};

use crate::Actor;
use crate::activities::{SystemActivity, record_in};
use crate::user_log::{UserEvent, tell};
pub use crate::users::preferences::{
    Dashboard, NotificationChannel, Notifications, Preferences, PreferencesContent, QuietHours,
    Theme, Widgets,
};
use crate::users::{User, get_or_create, get_or_create_many, update_document};
use validate::validated;

/// Returns the preferences of an existing user, creating them on first access. Only the user and
/// their server may read them.
///
/// # Errors
/// 403 `forbidden`, 503 if the store is unavailable.
pub async fn get(
    tenant: &TenantStore,
    actor: Actor,
    user: Id<User>,
) -> Result<Entity<Preferences>> {
    permit(actor, user)?;
    get_or_create(tenant, user).await
}

/// Returns the preferences of existing users, creating missing ones. Uses one read if all exist.
///
/// # Errors
/// 403 `forbidden` if the actor may not read one of them, 503.
pub async fn get_many(
    tenant: &TenantStore,
    actor: Actor,
    users: &[Id<User>],
) -> Result<HashMap<Id<User>, Entity<Preferences>>> {
    users.iter().try_for_each(|user| permit(actor, *user))?;
    get_or_create_many(tenant, users).await
}

fn permit(actor: Actor, user: Id<User>) -> Result<()> {
    actor.must_be(user, "A user can read only their own preferences.")
}

/// Updates a user's preferences, records the activity and notifies the user's devices. `change`
/// returns the new content for the current one. If `version` is given, the stored version must
/// match. Users may change their own preferences, a server any.
///
/// # Errors
/// 403 `forbidden`, 409 `version_conflict`, 400 with the invalid fields.
pub async fn update(
    tenant: &TenantStore,
    actor: Actor,
    user: Id<User>,
    version: Option<i64>,
    change: impl Fn(PreferencesContent) -> Result<PreferencesContent> + Send + Sync,
) -> Result<Entity<Preferences>> {
    actor.must_be(user, "A user can change only their own preferences.")?;
    let changed = |present: &Preferences| {
        Ok(Preferences::with(
            user,
            validated(change(present.content())?)?,
        ))
    };
    let add_to_batch = |batch: &mut Batch<TenantData>, version| {
        record_in(
            batch,
            Some(user),
            SystemActivity::PreferencesUpdated,
            None,
            &json!({"version": version}),
        );
        tell(batch, user, UserEvent::PreferencesUpdated { version });
    };
    update_document(tenant, user, version, changed, add_to_batch).await
}

#[cfg(test)]
mod tests {
    use base::ErrorCode;

    use super::*;
    use crate::world::{World, person};

    #[tokio::test]
    async fn preferences_are_accessible_to_their_user_and_a_server() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        let bob = person(&acme, "bob").await;
        let dark = |present| {
            Ok(PreferencesContent {
                theme: Theme::Dark,
                ..present
            })
        };
        let changed = update(&acme, Actor::User(ada), ada, Some(1), dark)
            .await
            .unwrap();
        assert_eq!((changed.version, changed.theme), (2, Theme::Dark));
        let by_bob = update(&acme, Actor::User(bob), ada, None, dark)
            .await
            .unwrap_err();
        let read = get(&acme, Actor::User(bob), ada).await.unwrap_err();
        assert_eq!(
            (by_bob.code, read.code),
            (ErrorCode::Forbidden, ErrorCode::Forbidden)
        );
        assert_eq!(
            get(&acme, Actor::Server, bob).await.unwrap().content(),
            PreferencesContent::default()
        );
    }

    #[tokio::test]
    async fn concurrent_updates_without_a_version_are_all_applied() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        let add = |app: &'static str| {
            update(&acme, Actor::Server, ada, None, move |mut present| {
                present.dashboard.favorite_apps.push(app.to_owned());
                Ok(present)
            })
        };
        let (one, two, three) = tokio::join!(add("mail"), add("maps"), add("shop"));
        let last = [one, two, three]
            .map(|made| made.unwrap().version)
            .into_iter()
            .max();
        let mut apps = get(&acme, Actor::Server, ada)
            .await
            .unwrap()
            .content()
            .dashboard
            .favorite_apps;
        apps.sort_unstable();
        assert_eq!(
            (apps, last),
            (
                ["mail", "maps", "shop"].map(str::to_owned).to_vec(),
                Some(4)
            )
        );
    }

    #[tokio::test]
    async fn all_invalid_fields_are_named() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        let wrong = |mut present: PreferencesContent| {
            present.language = Some("de_DE".to_owned());
            let hours = |zone: &str| {
                Some(QuietHours {
                    start: "22:00".into(),
                    end: "07:00".into(),
                    time_zone: zone.to_owned(),
                })
            };
            present.notifications.push.quiet_hours = hours("UTC");
            present.notifications.email.quiet_hours = hours("over there");
            present.notifications.email.kinds = Some(vec!["mention".into(), "a b".into()]);
            present.widgets.enabled = vec!["clock".into()];
            present.widgets.disabled = vec!["news".into(), "clock".into()];
            present.dashboard.layout = Some(String::new());
            Ok(present)
        };
        let failure = update(&acme, Actor::Server, ada, None, wrong)
            .await
            .unwrap_err();
        let places: Vec<_> = failure
            .faults
            .iter()
            .map(|fault| fault.pointer.as_ref())
            .collect();
        assert_eq!(
            places,
            [
                "/language",
                "/notifications/email/kinds/1",
                "/notifications/email/quiet_hours/time_zone",
                "/widgets/disabled/1",
                "/dashboard/layout",
            ]
        );
    }
}
