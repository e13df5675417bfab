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

/// A tenant's tier, one for each way of isolation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tier {
    /// Shared collections.
    Free,
    /// A collection set of its own.
    Pro,
    /// A database of its own.
    Enterprise,
}

/// What a story runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TestConfig {
    /// The engine.
    pub engine: Engine,
    /// The tier of the story's tenants.
    pub tier: Tier,
}

impl Engine {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::MongoDb];

    /// The engine's name, as `CAAS_ENGINES` has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::MongoDb => "mongodb",
        }
    }

    /// Whether this run covers the engine: what `CAAS_ENGINES` lists, else
    /// what is there without a service.
    #[must_use]
    pub fn covered(self) -> bool {
        match env::var("CAAS_ENGINES") {
            Ok(engines) => engines.split(',').any(|name| name == self.name()),
            Err(_) => self == Self::Sqlite || mongod::binary().is_file(),
        }
    }
}

impl Tier {
    /// The tier's name on the wire.
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
