//! Settings of a tenant.

mod collections;

use std::ops::Deref;

use base::{Error, ErrorCode, Id, Result, Timestamp, limit};
use serde_json::json;
use store::{Changes, Collection, CommitError, Declaration, Entity, Json, TenantStore, Update};

use crate::activities::{SystemActivity, record_in};
use crate::media::FileRules;
use crate::validation::{ValidationErrors, media_type_pattern};
pub use collections::{History, PresenceVisibility, SignUpMode, TenantSettings};

/// Collections of the module.
pub(crate) const COLLECTIONS: &[&Declaration] = &[TenantSettings::DECLARATION];

/// Declares the settings with their defaults. A new setting is one line here, one optional field of
/// [`TenantSettings`], and one line in the wire type.
macro_rules! settings {
    ($($(#[doc = $meaning:literal])+ $field:ident: $type:ty = $default:expr;)+) => {
        /// The settings of a tenant.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Settings {
            $($(#[doc = $meaning])+ pub $field: $type,)+
        }

        impl Default for Settings {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        /// Partial update of the settings; omitted ones keep their value.
        #[derive(Clone, Debug, Default)]
        pub struct SettingsChanges {
            $($(#[doc = $meaning])+ pub $field: Option<$type>,)+
        }

        impl Settings {
            /// Returns the stored settings; a field added later has its default.
            fn of(stored: &TenantSettings) -> Self {
                let default = Self::default();
                Self { $($field: Option::<$type>::from(stored.$field.clone()).unwrap_or(default.$field),)+ }
            }

            fn changed(&self, changes: SettingsChanges) -> Self {
                Self { $($field: changes.$field.unwrap_or_else(|| self.$field.clone()),)+ }
            }

            fn document(self) -> TenantSettings {
                TenantSettings { $($field: self.$field.into(),)+ }
            }

            fn changes(self) -> Changes<TenantSettings> {
                Changes::new()$(.set(TenantSettings::$field, self.$field))+
            }
        }
    };
}

settings! {
    /// History visible to new participants.
    history: History = History::Whole;
    /// Whether the first valid token for an unknown external id creates the user.
    create_users: bool = true;
    /// Whether users may give their conversations an `external_id`.
    users_set_external_ids: bool = false;
    /// Whether blocks between added participants are enforced when a user adds others to a group.
    block_checks_in_groups: bool = true;
    /// Whether users may change their own `metadata`.
    users_set_metadata: bool = false;
    /// Users that can see whether a user is online.
    presence_visibility: PresenceVisibility = PresenceVisibility::SharedConversation;
    /// Whether messages may attach URLs in addition to uploaded files.
    attachment_urls: bool = true;
    /// Size of one uploaded file in bytes, at most.
    max_file_bytes: i64 = limit::signed(limit::UPLOAD_BYTES);
    /// Media types that may be uploaded, such as `image/*`; empty accepts all.
    allowed_file_types: Json<Vec<String>> = Json(Vec::new());
    /// Media types that may not be uploaded, also if they are allowed.
    denied_file_types: Json<Vec<String>> = Json(Vec::new());
    /// Whether users sign in with accounts of this server.
    sign_in: bool = false;
    /// Users who can create an account.
    sign_up: SignUpMode = SignUpMode::Closed;
    /// Whether a sign-up with a verified address becomes the existing user with this address.
    sign_up_claims_users: bool = false;
    /// Whether clients may create guests.
    guests: bool = false;
}

impl Settings {
    /// Returns what may be uploaded.
    #[must_use]
    pub fn file_rules(&self) -> FileRules {
        FileRules {
            max_bytes: u64::try_from(self.max_file_bytes).unwrap_or(0),
            allowed: self.allowed_file_types.0.clone(),
            denied: self.denied_file_types.0.clone(),
        }
    }
}

impl SettingsChanges {
    fn check(&self) -> Result<()> {
        let mut errors = ValidationErrors::default();
        let most = limit::signed(limit::UPLOAD_BYTES);
        if self.max_file_bytes.is_some_and(|it| it < 1 || it > most) {
            let fault = format!("must be from 1 to {most}");
            errors.add::<()>(Err(Error::invalid("/max_file_bytes", fault)))?;
        }
        for (field, types) in [
            ("allowed_file_types", &self.allowed_file_types),
            ("denied_file_types", &self.denied_file_types),
        ] {
            let types = types.as_ref().map_or(&[][..], |types| &types.0);
            if types.len() > limit::FILE_TYPES {
                let fault = format!("must have at most {} entries", limit::FILE_TYPES);
                errors.add::<()>(Err(Error::invalid(format!("/{field}"), fault)))?;
            }
            for (at, pattern) in types.iter().enumerate().take(limit::FILE_TYPES) {
                errors.add(media_type_pattern(&format!("/{field}/{at}"), pattern))?;
            }
        }
        errors.finish()
    }
}

/// The settings of a tenant with their version. Dereferences to the settings.
#[derive(Clone, Debug)]
pub struct CurrentSettings {
    /// The settings.
    pub settings: Settings,
    /// Time of the last change; the epoch if never changed.
    pub updated_at: Timestamp,
    /// Version, starting at 1 and incremented by each change.
    pub version: i64,
}

impl Deref for CurrentSettings {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        &self.settings
    }
}

/// Version of the defaults: settings that were never changed are not stored.
const FIRST_VERSION: i64 = 1;

/// Returns a tenant's settings, or the defaults as version 1 if they were never changed.
///
/// # Errors
/// Fails if the store is unavailable.
pub async fn get(tenant: &TenantStore) -> Result<CurrentSettings> {
    let stored = tenant.get(id(tenant)).await?;
    Ok(stored
        .as_ref()
        .map_or_else(CurrentSettings::first, CurrentSettings::of))
}

/// Returns the id of the settings, which is the tenant's.
fn id(tenant: &TenantStore) -> Id<TenantSettings> {
    Id::new(tenant.id().object_id())
}

impl CurrentSettings {
    fn first() -> Self {
        Self {
            settings: Settings::default(),
            updated_at: Timestamp::EPOCH,
            version: FIRST_VERSION,
        }
    }

    fn of(stored: &Entity<TenantSettings>) -> Self {
        let settings = Settings::of(&stored.doc);
        Self {
            settings,
            updated_at: stored.updated_at,
            version: stored.version + FIRST_VERSION,
        }
    }
}

/// Updates the given settings. If `version` is given, the current version must match.
///
/// # Errors
/// 400 if a value is invalid, 409 `version_conflict`, also on a concurrent change.
pub async fn update(
    tenant: &TenantStore,
    changes: SettingsChanges,
    version: Option<i64>,
) -> Result<CurrentSettings> {
    changes.check()?;
    let present = get(tenant).await?;
    if version.is_some_and(|version| version != present.version) {
        return Err(conflict(present.version));
    }
    let settings = present.settings.changed(changes);
    if settings == present.settings {
        return Ok(present);
    }
    let mut batch = tenant.batch();
    if present.version == FIRST_VERSION {
        batch.insert_as(id(tenant), settings.document());
    } else {
        let stored = present.version - FIRST_VERSION;
        batch.update(
            id(tenant),
            Update::of(settings.changes()).expecting_version(stored),
        );
    }
    record_in(
        &mut batch,
        None,
        SystemActivity::SettingsUpdated,
        None,
        &json!({"version": present.version + 1}),
    );
    match tenant.commit(batch).await {
        Ok(()) => get(tenant).await,
        Err(CommitError::Conflict { .. } | CommitError::PreconditionFailed { .. }) => {
            Err(conflict(get(tenant).await?.version))
        }
        Err(error) => Err(error.into()),
    }
}

fn conflict(current: i64) -> Error {
    let message = "The settings have changed since they were read; read them again and retry.";
    Error::new(ErrorCode::VersionConflict, message).with_current_version(current)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    #[tokio::test]
    async fn update_accepts_only_the_current_version() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let first = get(&acme).await.unwrap();
        assert_eq!(first.version, 1);
        assert_eq!(first.settings, Settings::default());
        let joining = SettingsChanges {
            history: Some(History::FromJoining),
            ..SettingsChanges::default()
        };
        let second = update(&acme, joining, Some(first.version)).await.unwrap();
        assert_eq!(second.version, 2);
        assert_eq!(
            second.settings,
            Settings {
                history: History::FromJoining,
                ..Settings::default()
            }
        );
        let metadata = SettingsChanges {
            users_set_metadata: Some(true),
            ..SettingsChanges::default()
        };
        let third = update(&acme, metadata, Some(second.version)).await.unwrap();
        assert_eq!(third.version, 3);
        assert!(third.users_set_metadata);
        let stale = update(&acme, SettingsChanges::default(), Some(first.version))
            .await
            .unwrap_err();
        assert_eq!(stale.code, ErrorCode::VersionConflict);
        assert_eq!(stale.current_version, Some(3));
    }

    #[tokio::test]
    async fn settings_are_separate_per_tenant() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let umbrella = world.company("Umbrella").await.tenant;
        let changes = SettingsChanges {
            create_users: Some(false),
            ..SettingsChanges::default()
        };
        update(&acme, changes, None).await.unwrap();
        assert!(get(&umbrella).await.unwrap().create_users);
    }
}
