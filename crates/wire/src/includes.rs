use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use crate::{Preferences, Profile, User};

/// An object of a user with the requested related objects.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WithIncludes<T> {
    /// The object.
    #[serde(flatten)]
    pub object: T,
    /// The requested related objects.
    #[serde(flatten)]
    pub includes: Includes,
}

/// Related objects that a request can expand. Objects of the same user share them within a
/// response.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Includes {
    /// The user, with `expand=user`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<User>)]
    pub user: Option<Arc<User>>,
    /// The user's profile, with `expand=profile`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Profile>)]
    pub profile: Option<Arc<Profile>>,
    /// The user's preferences, with `expand=preferences`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Preferences>)]
    pub preferences: Option<Arc<Preferences>>,
}
