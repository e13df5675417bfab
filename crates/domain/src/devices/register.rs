use base::{Error, ErrorCode, Id, Result, limit};
use store::{Changes, CommitError, Entity, TenantStore, Update};

use super::{Device, Platform, PushToken, find, list};
use crate::users::User;
use crate::validation::{self, ValidationErrors};

/// Attempts of a registration. Each lost slot leaves one slot less to lose.
const MAX_ATTEMPTS: usize = limit::USER_DEVICES + 5;

/// Registration of a device; omitted fields keep their value.
#[derive(Clone, Debug)]
pub struct NewDevice {
    /// Device id, sent when the client connects.
    pub device_id: String,
    /// Platform.
    pub platform: Platform,
    /// Display name, set by the user.
    pub name: Option<String>,
    /// Version of the app.
    pub app_version: Option<String>,
    /// Device model.
    pub model: Option<String>,
    /// Token of the push service.
    pub push_token: Option<PushToken>,
}

/// Result of a registration.
#[derive(Clone, Debug)]
pub struct Registered {
    /// The registered device.
    pub device: Entity<Device>,
    /// Whether the device was created.
    pub created: bool,
}

/// Creates a device of a user, or updates it if it is already registered. A push token of another
/// device is removed from that device.
///
/// # Errors
/// 400 with the invalid fields, 422 `limit_reached`.
pub async fn register(tenant: &TenantStore, user: Id<User>, new: NewDevice) -> Result<Registered> {
    let new = new.validated()?;
    for _ in 0..MAX_ATTEMPTS {
        let present = find(tenant, user, &new.device_id).await?;
        let created = present.is_none();
        match attempt(tenant, user, &new, present).await? {
            Err(CommitError::Conflict { .. } | CommitError::PreconditionFailed { .. }) => {}
            Err(error) => return Err(error.into()),
            Ok(()) => {
                let device = find(tenant, user, &new.device_id)
                    .await?
                    .ok_or_else(super::not_found)?;
                return Ok(Registered { device, created });
            }
        }
    }
    Err(Error::new(
        ErrorCode::Unavailable,
        "Concurrent device registration; retry.",
    )
    .retry_after_ms(100))
}

async fn attempt(
    tenant: &TenantStore,
    user: Id<User>,
    new: &NewDevice,
    present: Option<Entity<Device>>,
) -> Result<Result<(), CommitError>> {
    let mut batch = tenant.batch();
    if let Some(token) = &new.push_token {
        let other = tenant
            .find(Device::by_push_token.eq(Device::push_token, token.clone()))
            .await?;
        if let Some(other) = other.filter(|other| {
            present
                .as_ref()
                .is_none_or(|present| present.id != other.id)
        }) {
            let changes = Changes::new().clear(Device::push_token);
            batch.update(
                other.id,
                Update::of(changes).expecting_version(other.version),
            );
        }
    }
    if let Some(present) = present {
        batch.update(present.id, new.update(&present, batch.now()));
    } else {
        let slot = free_slot(tenant, user).await?;
        batch.insert(new.document(user, slot, batch.now()));
    }
    Ok(tenant.commit(batch).await)
}

async fn free_slot(tenant: &TenantStore, user: Id<User>) -> Result<i64> {
    let taken: Vec<i64> = list(tenant, user)
        .await?
        .iter()
        .map(|device| device.slot)
        .collect();
    let free = (0..limit::signed(limit::USER_DEVICES)).find(|slot| !taken.contains(slot));
    let message = || {
        format!(
            "A user can have at most {} devices; remove one first.",
            limit::USER_DEVICES
        )
    };
    free.ok_or_else(|| Error::new(ErrorCode::LimitReached, message()))
}

impl NewDevice {
    fn validated(self) -> Result<Self> {
        let mut errors = ValidationErrors::default();
        errors.add(validation::device_id("/device_id", &self.device_id))?;
        for (pointer, text) in [
            ("/name", &self.name),
            ("/app_version", &self.app_version),
            ("/model", &self.model),
        ] {
            if let Some(text) = text {
                errors.add(validation::name(pointer, text))?;
            }
        }
        if let Some(token) = &self.push_token {
            errors.add(validation::line(
                "/push_token",
                &token.0,
                limit::PUSH_TOKEN_LENGTH,
            ))?;
        }
        errors.finish()?;
        Ok(self)
    }

    fn document(&self, user_id: Id<User>, slot: i64, last_seen_at: base::Timestamp) -> Device {
        let Self {
            device_id,
            platform,
            name,
            app_version,
            model,
            push_token,
        } = self.clone();
        Device {
            user_id,
            device_id,
            slot,
            platform,
            name,
            app_version,
            model,
            push_token,
            last_seen_at,
        }
    }

    fn update(&self, present: &Entity<Device>, now: base::Timestamp) -> Update<Device> {
        let kept = |new: &Option<String>, old: &Option<String>| new.clone().or_else(|| old.clone());
        let changes = Changes::new()
            .set(Device::platform, self.platform)
            .put(Device::name, kept(&self.name, &present.name))
            .put(
                Device::app_version,
                kept(&self.app_version, &present.app_version),
            )
            .put(Device::model, kept(&self.model, &present.model))
            .put(
                Device::push_token,
                self.push_token
                    .clone()
                    .or_else(|| present.push_token.clone()),
            )
            .set(Device::last_seen_at, now);
        Update::of(changes).expecting_version(present.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::devices::remove;
    use crate::world::{World, person};

    fn phone(device_id: &str, token: Option<&str>) -> NewDevice {
        NewDevice {
            device_id: device_id.to_owned(),
            platform: Platform::Ios,
            name: None,
            app_version: Some("1.0".to_owned()),
            model: None,
            push_token: token.map(|token| PushToken(token.to_owned())),
        }
    }

    #[tokio::test]
    async fn concurrent_registrations_do_not_exceed_the_limit() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        let tasks = (0..100).map(|at| {
            let acme = acme.clone();
            tokio::spawn(async move { register(&acme, ada, phone(&format!("d{at}"), None)).await })
        });
        let mut registered = 0;
        for task in tasks.collect::<Vec<_>>() {
            match task.await.unwrap() {
                Ok(done) => registered += usize::from(done.created),
                Err(failure) => assert_eq!(failure.code, ErrorCode::LimitReached),
            }
        }
        assert_eq!(
            (registered, list(&acme, ada).await.unwrap().len()),
            (limit::USER_DEVICES, limit::USER_DEVICES)
        );
        let removed = list(&acme, ada).await.unwrap()[7].device_id.clone();
        remove(&acme, ada, &removed).await.unwrap();
        assert!(
            register(&acme, ada, phone("late", None))
                .await
                .unwrap()
                .created
        );
    }

    #[tokio::test]
    async fn repeated_registration_keeps_omitted_fields() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        let named = NewDevice {
            name: Some("My phone".to_owned()),
            ..phone("d", None)
        };
        assert!(register(&acme, ada, named).await.unwrap().created);
        let again = NewDevice {
            app_version: Some("1.1".to_owned()),
            ..phone("d", Some("t"))
        };
        let again = register(&acme, ada, again).await.unwrap();
        let message = (
            again.created,
            again.device.name.as_deref(),
            again.device.app_version.as_deref(),
        );
        assert_eq!(message, (false, Some("My phone"), Some("1.1")));
        assert_eq!(list(&acme, ada).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn push_token_moves_to_the_new_device() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        let bob = person(&acme, "bob").await;
        register(&acme, ada, phone("tablet", Some("t")))
            .await
            .unwrap();
        register(&acme, bob, phone("tablet", Some("t")))
            .await
            .unwrap();
        let token = async |user| list(&acme, user).await.unwrap()[0].push_token.clone();
        assert_eq!(
            (token(ada).await, token(bob).await),
            (None, Some(PushToken("t".to_owned())))
        );
    }
}
