use base::{Id, Timestamp, limit};
use domain::tenants;
use serde::{Deserialize, Serialize};
use store::Entity;
use utoipa::ToSchema;

use crate::non_null::{non_null, version};
use crate::{Application, schema};

/// An application with its settings.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AdminApplication {
    /// The application.
    #[serde(flatten)]
    pub application: Application,
    /// Settings.
    pub settings: ApplicationSettings,
}

impl AdminApplication {
    /// Returns a stored application, with its signing secret if it was just created.
    #[must_use]
    pub fn of(application: &Entity<tenants::Application>, secret: Option<&str>) -> Self {
        Self {
            settings: ApplicationSettings {
                token_seconds: application.settings.0.token_seconds,
            },
            application: Application::of(application, secret),
        }
    }
}

/// Settings of an application.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicationSettings {
    /// Maximum lifetime of a user token in seconds.
    #[schema(minimum = 1, maximum = 86400)]
    pub token_seconds: i64,
}

/// An application to create.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApplication {
    /// Display name.
    #[schema(value_type = schema::Name)]
    pub name: String,
    /// Web origins that browsers may use; an empty list allows every origin.
    #[serde(default)]
    #[schema(max_items = 50, value_type = Vec<schema::Origin>)]
    pub origins: Vec<String>,
}

/// Updates the given fields of an application.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicationPatch {
    /// Display name.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Name>, nullable = false)]
    pub name: Option<String>,
    /// Complete list of web origins that browsers may use.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(max_items = 50, value_type = Option<Vec<schema::Origin>>, nullable = false)]
    pub origins: Option<Vec<String>>,
    /// Complete settings.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false)]
    pub settings: Option<ApplicationSettings>,
    /// The expected version. Fails with 409 `version_conflict` if the version differs.
    #[serde(default, deserialize_with = "version")]
    #[schema(minimum = 1, nullable = false)]
    pub version: Option<i64>,
}

impl From<ApplicationPatch> for tenants::ApplicationChanges {
    fn from(patch: ApplicationPatch) -> Self {
        let settings = |settings: ApplicationSettings| tenants::ApplicationSettings {
            token_seconds: settings.token_seconds,
        };
        Self {
            name: patch.name,
            origins: patch.origins,
            settings: patch.settings.map(settings),
        }
    }
}

/// Rotation of a signing secret.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretRotation {
    /// Seconds for which the previous secret is still accepted; a day if absent.
    #[serde(default = "day")]
    #[schema(maximum = 2_592_000)]
    pub overlap_seconds: u32,
}

impl Default for SecretRotation {
    fn default() -> Self {
        Self {
            overlap_seconds: day(),
        }
    }
}

const fn day() -> u32 {
    24 * 60 * 60
}

/// An API key to create.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiKey {
    /// Display name. Two active keys may share a name, for rotation.
    #[schema(value_type = schema::Name)]
    pub name: String,
    /// Scopes that the key grants.
    #[schema(min_items = 1, max_items = 20, value_type = Vec<schema::ScopeName>)]
    pub scopes: Vec<String>,
    /// Expiration time; the key does not expire if it is absent.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Timestamp>, nullable = false)]
    pub expires_at: Option<Timestamp>,
}

impl NewApiKey {
    /// Returns the request for a key of this application.
    ///
    /// # Errors
    /// 400 that names the first unknown scope.
    pub fn of(self, application: Id<tenants::Application>) -> base::Result<tenants::NewKey> {
        Ok(tenants::NewKey {
            application,
            name: self.name,
            scopes: tenants::Scopes::parse(&self.scopes)?,
            expires_at: self.expires_at,
        })
    }
}

/// Rotation of an API key.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyRotation {
    /// Seconds for which the previous key is still accepted; a day if absent.
    #[serde(default = "day")]
    #[schema(maximum = 2_592_000)]
    pub overlap_seconds: u32,
}

impl Default for KeyRotation {
    fn default() -> Self {
        Self {
            overlap_seconds: day(),
        }
    }
}

const _: () = assert!(limit::SECRET_OVERLAP_SECONDS == 2_592_000);
const _: () = assert!(limit::APPLICATION_ORIGINS == 50 && limit::NETWORKS == 100);
