use std::fmt;
use std::num::NonZeroU32;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A bound of something that each client address may have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PerAddress {
    /// The bound of the product, for addresses other than loopback.
    #[default]
    Auto,
    /// At most so many, for every address.
    Most(NonZeroU32),
}

impl<'de> Deserialize<'de> for PerAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Given {
            Number(u32),
            Text(String),
        }
        let number = match Given::deserialize(deserializer) {
            Ok(Given::Text(text)) if text == "auto" => return Ok(Self::Auto),
            Ok(Given::Text(text)) => text.trim().parse().ok(),
            Ok(Given::Number(number)) => NonZeroU32::new(number),
            Err(_) => None,
        };
        number
            .map(Self::Most)
            .ok_or_else(|| serde::de::Error::custom("it must be `auto` or a whole number above 0"))
    }
}

impl Serialize for PerAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for PerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Most(number) => number.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn a_bound_is_auto_or_a_number_above_zero() {
        assert_eq!(
            from_value::<PerAddress>(json!("auto")).unwrap(),
            PerAddress::Auto
        );
        for given in [json!(3), json!("3")] {
            assert_eq!(
                from_value::<PerAddress>(given).unwrap(),
                PerAddress::Most(NonZeroU32::new(3).unwrap())
            );
        }
        for given in [json!(0), json!("0"), json!("many"), json!(-1), json!(true)] {
            assert!(from_value::<PerAddress>(given.clone()).is_err(), "{given}");
        }
    }
}
