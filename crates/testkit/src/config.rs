use std::env;
use std::fmt;

use crate::mongod;

/// A storage engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// The embedded engine.
    Sqlite,
    /// A `MongoDB` replica set.
    MongoDb,
}

/// The tier of a tenant, one for each kind of isolation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tier {
    /// Shared collections.
    Free,
    /// Dedicated collections.
    Pro,
    /// A dedicated database.
    Enterprise,
}

/// The engine and the tier of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TestConfig {
    /// The storage engine.
    pub engine: Engine,
    /// The tier of the test's tenants.
    pub tier: Tier,
}

impl Engine {
    /// All engines.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::MongoDb];

    /// Returns the engine's name as used in `CAAS_ENGINES`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::MongoDb => "mongodb",
        }
    }

    /// Returns whether this test run covers the engine.
    ///
    /// If `CAAS_ENGINES` is not set, `SQLite` is covered, and `MongoDB` if its binary is installed.
    #[must_use]
    pub fn covered(self) -> bool {
        match env::var("CAAS_ENGINES") {
            Ok(engines) => engines.split(',').any(|name| name == self.name()),
            Err(_) => self == Self::Sqlite || mongod::binary().is_file(),
        }
    }
}

impl Tier {
    /// Returns the tier's name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Pro => "pro",
            Self::Enterprise => "enterprise",
        }
    }
}

impl fmt::Display for TestConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.engine.name(), self.tier.name())
    }
}
