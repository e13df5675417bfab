use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Secret;

/// Which engine keeps the data.
#[derive(Debug, Clone)]
pub enum StoreChoice {
    /// The embedded engine, in the data folder.
    Sqlite,
    /// A `MongoDB` replica set; the address may hold a password.
    Mongo(Secret),
}

/// Says that a text names no engine.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("a store is `sqlite` or an address that begins with mongodb:// or mongodb+srv://")]
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
