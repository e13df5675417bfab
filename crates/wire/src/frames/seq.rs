use std::num::ParseIntError;
use std::str::FromStr;

use serde::Deserialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// A sequence number given by a client: 0 or greater.
///
/// Validated when parsed, so that the difference of two sequence numbers never overflows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "i64")]
pub struct Seq(i64);

/// Error for a number below 0 or a text that is not a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidSeq;

impl Seq {
    /// Returns the number.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for Seq {
    type Error = InvalidSeq;

    fn try_from(number: i64) -> Result<Self, InvalidSeq> {
        if number < 0 {
            Err(InvalidSeq)
        } else {
            Ok(Self(number))
        }
    }
}

impl FromStr for Seq {
    type Err = InvalidSeq;

    fn from_str(text: &str) -> Result<Self, InvalidSeq> {
        text.parse::<i64>()
            .map_err(|_: ParseIntError| InvalidSeq)?
            .try_into()
    }
}

impl std::fmt::Display for InvalidSeq {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a sequence number must be 0 or greater")
    }
}

impl std::error::Error for InvalidSeq {}

impl PartialSchema for Seq {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(0));
        let format =
            utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::Int64);
        let number = number
            .format(Some(format))
            .description(Some("A sequence number: 0 or greater."));
        Schema::from(number).into()
    }
}

impl ToSchema for Seq {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seq_below_zero_is_rejected() {
        for number in [i64::MIN, -1] {
            assert_eq!(Seq::try_from(number), Err(InvalidSeq));
            assert_eq!(number.to_string().parse::<Seq>(), Err(InvalidSeq));
        }
        for number in [0, 1, i64::MAX] {
            assert_eq!(number.to_string().parse::<Seq>().map(Seq::get), Ok(number));
        }
    }
}
