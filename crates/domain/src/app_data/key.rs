use base::{Error, ErrorCode, ExternalId, Id, Result};
use serde_json::json;
use store::{Batch, Entity, TenantData, TenantStore};

use super::AppDatum;
use crate::Actor;
use crate::activities::{SystemActivity, record_in};
use crate::quotas::{QuotaKey, QuotaKind};
use crate::user_log::{UserEvent, tell};
use crate::users::User;

/// Identifies one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppKey {
    /// User of the value.
    pub user: Id<User>,
    /// App of the value.
    pub app: ExternalId,
    /// Key of the value within the app.
    pub key: ExternalId,
}

/// Precondition of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// No precondition.
    Any,
    /// The key has no value.
    Absent,
    /// The value has this version.
    Version(i64),
}

impl AppKey {
    /// Returns the stored value, with one read.
    pub(super) async fn find(&self, tenant: &TenantStore) -> Result<Option<Entity<AppDatum>>> {
        let of_app = AppDatum::by_key
            .eq(AppDatum::user_id, self.user)
            .eq(AppDatum::app_id, self.app.clone());
        Ok(tenant
            .find(of_app.eq(AppDatum::data_key, self.key.clone()))
            .await?)
    }

    /// Returns the quotas of the app's keys and of the user's apps.
    pub(super) fn quotas(&self) -> [QuotaKey; 2] {
        [
            QuotaKey::within(self.user, QuotaKind::AppKeys, self.app.as_str()),
            QuotaKey::of(self.user, QuotaKind::Apps),
        ]
    }

    /// Records the write, or the deletion if `version` is absent, as an activity and notifies the
    /// user's devices.
    pub(super) fn notify(&self, batch: &mut Batch<TenantData>, version: Option<i64>) {
        let app_id = self.app.to_string();
        let key = self.key.to_string();
        let data = match version {
            Some(version) => json!({"data_key": key, "version": version}),
            None => json!({"data_key": key, "deleted": true}),
        };
        record_in(
            batch,
            Some(self.user),
            SystemActivity::AppDataUpdated,
            Some(&app_id),
            &data,
        );
        tell(
            batch,
            self.user,
            match version {
                Some(version) => UserEvent::AppDataUpdated {
                    app_id,
                    key,
                    version,
                },
                None => UserEvent::AppDataDeleted { app_id, key },
            },
        );
    }
}

impl Expected {
    /// Checks the precondition against the stored value.
    ///
    /// # Errors
    /// 409 `version_conflict` with the current value and version.
    pub(super) fn check(self, present: Option<&Entity<AppDatum>>) -> Result<()> {
        let version = present.map_or(0, |present| present.version);
        let message = match self {
            Self::Any => return Ok(()),
            Self::Absent if version == 0 => return Ok(()),
            Self::Version(expected) if expected == version => return Ok(()),
            Self::Absent => "The key already has a value.",
            Self::Version(_) => "The value was changed since it was read.",
        };
        let failure = Error::new(ErrorCode::VersionConflict, message).with_current_version(version);
        Err(match present {
            Some(present) => failure.with_current_value(present.value.0.clone()),
            None => failure,
        })
    }
}

/// Succeeds for the user of the data and for a server that acts for itself.
pub(super) fn permit(actor: Actor, user: Id<User>) -> Result<()> {
    actor.must_be(user, "Users can access only their own app data.")
}

pub(super) fn not_found() -> Error {
    Error::new(
        ErrorCode::AppDataNotFound,
        "There is no value under this key.",
    )
}
