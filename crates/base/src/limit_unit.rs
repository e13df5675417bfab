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
