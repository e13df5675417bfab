use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use crate::limit;

/// Identifier from the tenant's own system: 1 to 128 characters of `[A-Za-z0-9_.@:|+=-]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ExternalId(String);

/// Error for a text that is not an external id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an external id is 1 to 128 characters of A-Z a-z 0-9 _ . @ : | + = -")]
pub struct InvalidExternalId;

impl ExternalId {
    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the last id in byte order that begins with this one: the upper bound of a search by
    /// prefix. No allowed character is greater than `|`.
    #[must_use]
    pub fn last_with_prefix(&self) -> Self {
        Self(format!("{:|<1$}", self.0, limit::EXTERNAL_ID_LENGTH))
    }
}

impl fmt::Display for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<ExternalId> for String {
    fn from(id: ExternalId) -> Self {
        id.0
    }
}

impl FromStr for ExternalId {
    type Err = InvalidExternalId;

    fn from_str(text: &str) -> Result<Self, InvalidExternalId> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_.@:|+=-".contains(&byte);
        if (1..=limit::EXTERNAL_ID_LENGTH).contains(&text.len()) && text.bytes().all(legal) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidExternalId)
        }
    }
}

impl<'de> Deserialize<'de> for ExternalId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_with_prefix_is_greater_than_every_id_with_the_prefix() {
        let id = |text: &str| text.parse::<ExternalId>().unwrap();
        let last = id("order-").last_with_prefix();
        assert_eq!(last.as_str().parse(), Ok(last.clone()));
        for byte in (0..=u8::MAX).map(char::from) {
            if let Ok(longer) = format!("order-{byte}").parse::<ExternalId>() {
                assert!(longer <= last, "{longer}");
            }
        }
        assert!(id("order.") > last);
    }
}
