//! Types of configuration values.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use media_storage::Location;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// String that is redacted in debug output and serialization.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Returns the secret string.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("…")
    }
}

/// Database engine.
#[derive(Debug, Clone)]
pub enum StoreChoice {
    /// Embedded SQLite in the data directory.
    Sqlite,
    /// A `MongoDB` replica set. The URL may contain a password.
    Mongo(Secret),
}

/// Error of a text that names no engine.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("must be `sqlite` or a URL that starts with mongodb:// or mongodb+srv://")]
pub struct UnknownStore;

impl FromStr for StoreChoice {
    type Err = UnknownStore;

    fn from_str(text: &str) -> Result<Self, UnknownStore> {
        match text {
            "sqlite" => Ok(Self::Sqlite),
            _ if text.starts_with("mongodb://") || text.starts_with("mongodb+srv://") => {
                Ok(Self::Mongo(text.to_owned().into()))
            }
            _ => Err(UnknownStore),
        }
    }
}

impl<'de> Deserialize<'de> for StoreChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl Serialize for StoreChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Sqlite => serializer.serialize_str("sqlite"),
            Self::Mongo(_) => serializer.serialize_str("mongodb://…"),
        }
    }
}

/// Location of the media storage.
#[derive(Debug, Clone)]
pub struct MediaUrl(pub Location);

impl<'de> Deserialize<'de> for MediaUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let location = String::deserialize(deserializer)?.parse();
        location.map(Self).map_err(serde::de::Error::custom)
    }
}

impl Serialize for MediaUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// Address of the virus scanner.
#[derive(Debug, Clone)]
pub struct ScannerAddress(pub domain::media::ScannerAddress);

impl<'de> Deserialize<'de> for ScannerAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let address = String::deserialize(deserializer)?.parse();
        address.map(Self).map_err(serde::de::Error::custom)
    }
}

impl Serialize for ScannerAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// Limit of something per client address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PerAddressLimit {
    /// The built-in limit, except for loopback addresses.
    #[default]
    Auto,
    /// The configured limit, for every address.
    Limit(NonZeroU32),
}

impl<'de> Deserialize<'de> for PerAddressLimit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum NumberOrText {
            Number(u32),
            Text(String),
        }
        let number = match NumberOrText::deserialize(deserializer) {
            Ok(NumberOrText::Text(text)) if text == "auto" => return Ok(Self::Auto),
            Ok(NumberOrText::Text(text)) => text.trim().parse().ok(),
            Ok(NumberOrText::Number(number)) => NonZeroU32::new(number),
            Err(_) => None,
        };
        number
            .map(Self::Limit)
            .ok_or_else(|| serde::de::Error::custom("must be `auto` or a whole number above 0"))
    }
}

impl Serialize for PerAddressLimit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for PerAddressLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Limit(number) => number.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn per_address_limit_is_auto_or_a_number_above_zero() {
        assert_eq!(
            from_value::<PerAddressLimit>(json!("auto")).unwrap(),
            PerAddressLimit::Auto
        );
        for given in [json!(3), json!("3")] {
            assert_eq!(
                from_value::<PerAddressLimit>(given).unwrap(),
                PerAddressLimit::Limit(NonZeroU32::new(3).unwrap())
            );
        }
        for given in [json!(0), json!("0"), json!("many"), json!(-1), json!(true)] {
            assert!(
                from_value::<PerAddressLimit>(given.clone()).is_err(),
                "{given}"
            );
        }
    }
}
