use std::fmt;

/// Unit of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Unicode scalar values.
    Characters,
    /// Bytes as transferred.
    Bytes,
    /// Entries of the kind that the name states.
    Entries,
    /// Nested arrays and objects.
    Levels,
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Pixels.
    Pixels,
}

impl Unit {
    /// Returns the name of the unit in the API and the documentation.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Characters => "characters",
            Self::Bytes => "bytes",
            Self::Entries => "entries",
            Self::Levels => "levels",
            Self::Seconds => "seconds",
            Self::Milliseconds => "milliseconds",
            Self::Pixels => "pixels",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One limit of the product.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// The stable name, as in `GET /v1/limits`.
    pub name: &'static str,
    /// The largest value allowed.
    pub maximum: usize,
    /// The unit of `maximum`.
    pub unit: Unit,
    /// What the limit applies to, in one phrase.
    pub meaning: &'static str,
}

/// Declares the limits as constants and as the list of the documentation.
macro_rules! limits {
    ($($(#[doc = $meaning:literal])+ $constant:ident = $maximum:expr, $unit:ident;)+) => {
        /// The limits as constants.
        pub mod limit {
            $($(#[doc = $meaning])+ pub const $constant: usize = $maximum;)+

            /// Returns a limit as a signed number, to compare it with times and versions.
            #[must_use]
            #[expect(clippy::cast_possible_wrap, reason = "every bound is far below 2^63")]
            pub const fn signed(bound: usize) -> i64 {
                bound as i64
            }
        }

        /// All limits, in the order of the documentation.
        pub const LIMITS: &[Limit] = &[$(Limit {
            name: stringify!($constant),
            maximum: limit::$constant,
            unit: Unit::$unit,
            meaning: concat!($($meaning),+).trim_ascii_start(),
        }),+];
    };
}

pub(crate) use limits;
