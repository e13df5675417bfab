use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Time in UTC as whole milliseconds since 1970, which both engines store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Error for a text that is not an RFC 3339 time between the years 1970 and 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a time is RFC 3339, such as 2026-01-31T12:00:00.000Z")]
pub struct InvalidTimestamp;

const DAY: i64 = 24 * 60 * 60 * 1_000;
const LAST_MILLIS: i64 = 253_402_300_799_999;

impl Timestamp {
    /// 1970-01-01, the earliest time.
    pub const EPOCH: Self = Self(0);

    /// Creates a time from milliseconds since 1970, clamped to the years 1970 to 9999.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        if millis < 0 {
            Self(0)
        } else if millis > LAST_MILLIS {
            Self(LAST_MILLIS)
        } else {
            Self(millis)
        }
    }

    /// Returns milliseconds since 1970.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Returns whole seconds since 1970.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Rounds down to a multiple of `millis` milliseconds (at least 1) since 1970.
    #[must_use]
    pub const fn floor_to(self, millis: i64) -> Self {
        Self(self.0 - self.0 % millis)
    }

    /// Returns the start of the month in UTC.
    #[must_use]
    pub fn start_of_month(self) -> Self {
        let day = self.moment().day();
        self.floor_to(DAY).plus_millis(-DAY * (i64::from(day) - 1))
    }

    /// Returns the start of the next month in UTC.
    #[must_use]
    pub fn start_of_next_month(self) -> Self {
        // 32 days after the first of a month is always in the next month.
        self.start_of_month().plus_millis(32 * DAY).start_of_month()
    }

    fn moment(self) -> OffsetDateTime {
        // The value is between 1970 and 9999, so the conversion cannot fail.
        OffsetDateTime::from_unix_timestamp(self.seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// Returns the RFC 3339 text as bytes, for writing without an allocation.
    fn text(self) -> [u8; 24] {
        let moment = self.moment();
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let mut put = |end: usize, digits: usize, mut number: i64| {
            for digit in text[end - digits..end].iter_mut().rev() {
                *digit += u8::try_from(number % 10).unwrap_or(0);
                number /= 10;
            }
        };
        put(4, 4, moment.year().into());
        put(7, 2, u8::from(moment.month()).into());
        put(10, 2, moment.day().into());
        put(13, 2, moment.hour().into());
        put(16, 2, moment.minute().into());
        put(19, 2, moment.second().into());
        put(23, 3, self.0 % 1_000);
        text
    }

    /// Returns the time `millis` milliseconds later (earlier if negative).
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self::from_millis(self.0.saturating_add(millis))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.text()).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| InvalidTimestamp)?;
        let millis = i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000))
            .map_err(|_| InvalidTimestamp)?;
        if (0..=LAST_MILLIS).contains(&millis) {
            Ok(Self(millis))
        } else {
            Err(InvalidTimestamp)
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer
            .serialize_str(std::str::from_utf8(&self.text()).map_err(serde::ser::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_written_in_utc_with_milliseconds() {
        assert_eq!(
            Timestamp::from_millis(1_769_860_800_007).to_string(),
            "2026-01-31T12:00:00.007Z"
        );
        assert_eq!(Timestamp::EPOCH.to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(
            Timestamp::from_millis(i64::MAX).to_string(),
            "9999-12-31T23:59:59.999Z"
        );
    }

    #[test]
    fn month_starts_on_its_first_day() {
        let month = |text: &str| {
            let moment: Timestamp = text.parse().unwrap();
            (
                moment.start_of_month().to_string(),
                moment.start_of_next_month().to_string(),
            )
        };
        let text = |text: &str| format!("{text}T00:00:00.000Z");
        assert_eq!(
            month("2026-01-31T23:59:59.999Z"),
            (text("2026-01-01"), text("2026-02-01"))
        );
        assert_eq!(
            month("2026-02-01T00:00:00.000Z"),
            (text("2026-02-01"), text("2026-03-01"))
        );
        assert_eq!(
            month("2024-02-29T12:00:00.000Z"),
            (text("2024-02-01"), text("2024-03-01"))
        );
        assert_eq!(
            month("2026-12-31T12:00:00.000Z"),
            (text("2026-12-01"), text("2027-01-01"))
        );
    }

    #[test]
    fn other_offsets_are_read() {
        assert_eq!(
            "2026-01-31T14:00:00+02:00".parse(),
            Ok(Timestamp::from_millis(1_769_860_800_000))
        );
        assert_eq!(
            "1969-01-31T14:00:00Z".parse::<Timestamp>(),
            Err(InvalidTimestamp)
        );
    }
}
