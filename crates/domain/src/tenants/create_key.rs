use base::{Error, ErrorCode, Id, Result, Timestamp, limit};
use store::{Changes, CommitError, Entity, Json, PlatformStore, Update};
use zeroize::Zeroizing;

use super::key_text::{hash_of_key, new_key};
use super::{ApiKey, Application, Scopes, get_application, list_keys, show_hash};
use crate::validation::{self, ValidationErrors};

/// Slots of one name: the present key and its successor.
const SLOTS: std::ops::Range<i64> = 0..limit::signed(limit::KEYS_PER_NAME);

/// An API key to be.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// The application it will belong to.
    pub application: Id<Application>,
    /// What the tenant calls it. Two active keys may share a name, so that one
    /// can take over from the other.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// When it stops working; never when absent.
    pub expires_at: Option<Timestamp>,
}

/// A key that was just made: the only time its text is known.
#[derive(Debug)]
pub struct CreatedKey {
    /// The key as stored.
    pub key: Entity<ApiKey>,
    /// The text to show to its owner once.
    pub text: Zeroizing<String>,
}

/// Makes an API key. To rotate, make a second one of the same name, hand it
/// out, and revoke the first.
///
/// # Errors
/// 400 with the wrong places, 404 `application_not_found`, 422 `limit_reached`
/// with two active keys of that name or too many of the application.
pub async fn create_key(platform: &PlatformStore, new: NewKey) -> Result<CreatedKey> {
    let now = platform.context().now();
    let mut faults = ValidationErrors::default();
    faults.note(validation::name("/name", &new.name))?;
    if new.expires_at.is_some_and(|end| end <= now) {
        faults.note::<()>(Err(Error::invalid("/expires_at", "must lie in the future")))?;
    }
    faults.done()?;
    let application = get_application(platform, new.application).await?;
    let keys = list_keys(platform, application.tenant_id, Some(application.id)).await?;
    if keys.iter().filter(|key| is_active(key, now)).count() >= limit::APPLICATION_KEYS {
        let told = format!(
            "An application has at most {} active keys.",
            limit::APPLICATION_KEYS
        );
        return Err(Error::new(ErrorCode::LimitReached, told));
    }
    for slot in SLOTS {
        if let Some(created) = attempt(platform, &application, &new, slot).await? {
            return Ok(created);
        }
    }
    let told = format!(
        "Two active keys are called {:?}; revoke one of them first.",
        new.name
    );
    Err(Error::new(ErrorCode::LimitReached, told))
}

/// Makes the key in this slot; `None` when an active one holds it.
async fn attempt(
    platform: &PlatformStore,
    application: &Entity<Application>,
    new: &NewKey,
    slot: i64,
) -> Result<Option<CreatedKey>> {
    let text = new_key(platform.context());
    let hash = hash_of_key(&text).ok_or_else(|| Error::internal(Unhashable))?;
    let mut batch = platform.batch();
    let now = batch.now();
    let holder = ApiKey::by_slot
        .eq(ApiKey::application_id, application.id)
        .eq(ApiKey::name, new.name.clone());
    if let Some(holder) = platform.find(holder.eq(ApiKey::slot, slot)).await? {
        if is_active(&holder, now) {
            return Ok(None);
        }
        // An expired key gives its slot up here; nothing else notices its end.
        batch.update(holder.id, Update::of(Changes::new().clear(ApiKey::slot)));
    }
    let key = batch.insert(ApiKey {
        tenant_id: application.tenant_id,
        application_id: application.id,
        name: new.name.clone(),
        slot: Some(slot),
        hash: show_hash(&hash),
        last4: text.chars().skip(text.len().saturating_sub(4)).collect(),
        scopes: Json(new.scopes.words()),
        expires_at: new.expires_at,
        revoked_at: None,
        last_used_at: None,
    });
    match platform.commit(batch).await {
        Ok(()) => Ok(Some(CreatedKey { key, text })),
        Err(CommitError::Conflict { index, .. }) if index == ApiKey::by_slot.name() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn is_active(key: &ApiKey, now: Timestamp) -> bool {
    key.revoked_at.is_none() && key.expires_at.is_none_or(|end| now < end)
}

#[derive(Debug, thiserror::Error)]
#[error("a new key did not pass its own check")]
struct Unhashable;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenants::revoke_key;
    use crate::world::{World, new_key};

    #[tokio::test]
    async fn two_keys_of_a_name_allow_a_rotation_and_a_third_does_not_come() {
        let world = World::new();
        let acme = world.company("Acme").await;
        let platform = world.store.platform();
        let again = || new_key(&acme.application, "server");
        create_key(&platform, again()).await.unwrap();
        assert_eq!(
            create_key(&platform, again()).await.unwrap_err().code,
            ErrorCode::LimitReached
        );
        revoke_key(&platform, acme.key.key.id).await.unwrap();
        create_key(&platform, again()).await.unwrap();
        let keys = list_keys(&platform, acme.tenant.id(), Some(acme.application.id))
            .await
            .unwrap();
        assert_eq!(
            keys.iter().filter(|key| key.revoked_at.is_some()).count(),
            1
        );
        assert_eq!(keys.len(), 3);
    }

    #[tokio::test]
    async fn racing_creations_give_two_keys() {
        let world = World::new();
        let acme = world.company("Acme").await;
        let racers = (0..10).map(|_| {
            let platform = world.store.platform();
            let new = new_key(&acme.application, "racer");
            tokio::spawn(async move { create_key(&platform, new).await.is_ok() })
        });
        let mut made = 0;
        for racer in racers.collect::<Vec<_>>() {
            made += usize::from(racer.await.unwrap());
        }
        assert_eq!(made, limit::KEYS_PER_NAME);
    }

    #[tokio::test]
    async fn an_expired_key_makes_room() {
        let world = World::new();
        let acme = world.company("Acme").await;
        let platform = world.store.platform();
        let soon = Some(world.store.context().now().plus_millis(10));
        let brief = || NewKey {
            expires_at: soon,
            ..new_key(&acme.application, "brief")
        };
        for _ in 0..limit::KEYS_PER_NAME {
            create_key(&platform, brief()).await.unwrap();
        }
        world.clock.advance(10);
        create_key(&platform, new_key(&acme.application, "brief"))
            .await
            .unwrap();
        assert_eq!(
            create_key(&platform, brief()).await.unwrap_err().faults[0].pointer,
            "/expires_at"
        );
    }

    #[tokio::test]
    async fn the_store_never_holds_the_key_itself() {
        let world = World::new();
        let acme = world.company("Acme").await;
        let stored = format!("{:?}", acme.key.key.doc);
        assert!(
            acme.key.text.ends_with(&acme.key.key.last4)
                && !stored.contains(acme.key.text.as_str())
        );
    }
}
