use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

use crate::{ExternalId, Id};

/// How a request names a user or a conversation: by our id or, as
/// `ext:<external_id>`, by the tenant's own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum IdOrExternalId<T> {
    /// Our id.
    Id(Id<T>),
    /// The tenant's own id.
    External(ExternalId),
}

/// Says that a text is neither an id nor `ext:` and an external id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected 24 lower-case hexadecimal digits, or ext: and an external id")]
pub struct InvalidName;

impl<T> FromStr for IdOrExternalId<T> {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        match text.strip_prefix("ext:") {
            Some(external) => external
                .parse()
                .map(Self::External)
                .map_err(|_| InvalidName),
            None => text.parse().map(Self::Id).map_err(|_| InvalidName),
        }
    }
}

impl<T> fmt::Display for IdOrExternalId<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::External(external) => write!(f, "ext:{external}"),
        }
    }
}

impl<'de, T> Deserialize<'de> for IdOrExternalId<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
