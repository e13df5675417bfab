use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// Reads an optional field that may be absent but not `null`.
pub(crate) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads the number of a record up to which something is true: 0 or more.
pub(crate) fn record_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    at_least(0, i64::deserialize(deserializer)?)
}

/// Reads an optional version that a client has read: 1 or more.
pub(crate) fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Version::deserialize(deserializer).map(|version| Some(version.0))
}

/// A version that a client has read: 1 or more.
pub(crate) struct Version(pub(crate) i64);

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        at_least(1, i64::deserialize(deserializer)?).map(Self)
    }
}

/// Returns the number if it is not below the bound.
fn at_least<E: Error>(least: i64, number: i64) -> Result<i64, E> {
    if number < least {
        Err(E::custom(format!("must be at least {least}")))
    } else {
        Ok(number)
    }
}
