use base::{Error, ErrorCode, ExternalId, Id, Result};
use serde_json::json;
use store::{Batch, Entity, TenantData, TenantStore};

use super::AppDatum;
use crate::Actor;
use crate::activities::{What, note};
use crate::quotas::{Name, QuotaKind};
use crate::user_log::{UserEvent, tell};
use crate::users::User;

/// Names one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppKey {
    /// Whose it is.
    pub user: Id<User>,
    /// The app.
    pub app: ExternalId,
    /// What the app calls it.
    pub key: ExternalId,
}

/// What a writer believes to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Whatever stands, or nothing.
    Any,
    /// Nothing.
    Absent,
    /// This version.
    Version(i64),
}

impl AppKey {
    /// What stands now, by one statement.
    pub(super) async fn find(&self, tenant: &TenantStore) -> Result<Option<Entity<AppDatum>>> {
        let of_app = AppDatum::by_key
            .eq(AppDatum::user_id, self.user)
            .eq(AppDatum::app_id, self.app.clone());
        Ok(tenant
            .find(of_app.eq(AppDatum::data_key, self.key.clone()))
            .await?)
    }

    /// What counts the keys of the app and, with its first and last, the user's apps.
    pub(super) fn quotas(&self) -> [Name; 2] {
        [
            Name::within(self.user, QuotaKind::AppKeys, self.app.as_str()),
            Name::of(self.user, QuotaKind::Apps),
        ]
    }

    /// Notes that the value was written or, without a version, removed, and
    /// tells the user's devices.
    pub(super) fn told(&self, batch: &mut Batch<TenantData>, version: Option<i64>) {
        let app_id = self.app.to_string();
        let key = self.key.to_string();
        let data = match version {
            Some(version) => json!({"data_key": key, "version": version}),
            None => json!({"data_key": key, "deleted": true}),
        };
        note(
            batch,
            Some(self.user),
            What::AppDataUpdated,
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
    /// Compares with what stands.
    ///
    /// # Errors
    /// 409 `version_conflict` with the value and version that stand.
    pub(super) fn check(self, present: Option<&Entity<AppDatum>>) -> Result<()> {
        let version = present.map_or(0, |present| present.version);
        let told = match self {
            Self::Any => return Ok(()),
            Self::Absent if version == 0 => return Ok(()),
            Self::Version(expected) if expected == version => return Ok(()),
            Self::Absent => "There is a value under the key already.",
            Self::Version(_) => "The value has changed since it was read.",
        };
        let failure = Error::new(ErrorCode::VersionConflict, told).with_current_version(version);
        Err(match present {
            Some(present) => failure.with_current_value(present.value.0.clone()),
            None => failure,
        })
    }
}

/// Lets a server pass, and the user whose data it is.
pub(super) fn permit(actor: Actor, user: Id<User>) -> Result<()> {
    actor.must_be(user, "A user can reach only their own app data.")
}

pub(super) fn not_found() -> Error {
    Error::new(
        ErrorCode::AppDataNotFound,
        "There is no value under this key.",
    )
}
