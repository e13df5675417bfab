use std::str::FromStr;

use serde::{Deserialize, Deserializer, de};

/// Reads an integer of a query, where every value is text.
///
/// # Errors
/// Fails for text that is not an integer of this type.
pub fn number<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: FromStr,
    D: Deserializer<'de>,
{
    let text = String::deserialize(deserializer)?;
    text.parse()
        .map(Some)
        .map_err(|_| de::Error::custom("expected an integer within its bounds"))
}
