use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// Reads an optional field that may be absent but not `null`.
pub(crate) fn non_null<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads a sequence number of at least 0.
pub(crate) fn record_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    at_least(0, i64::deserialize(deserializer)?)
}

/// Reads an optional expected version of at least 1.
pub(crate) fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Version::deserialize(deserializer).map(|version| Some(version.0))
}

/// An expected version of at least 1.
pub(crate) struct Version(pub(crate) i64);

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        at_least(1, i64::deserialize(deserializer)?).map(Self)
    }
}

/// Returns the number if it is at least `least`.
fn at_least<E: Error>(least: i64, number: i64) -> Result<i64, E> {
    if number < least {
        Err(E::custom(format!("must be at least {least}")))
    } else {
        Ok(number)
    }
}
