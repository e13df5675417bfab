//! Location of documents. Only the function [`resolve`] interprets the isolation of a tenant.

use std::fmt;

use base::TenantId;

use crate::declaration::{Database, Durability, Scope};

/// Isolation of a tenant (seed 001): free and starter share collections, pro has a dedicated
/// collection set, enterprise a dedicated database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Isolation {
    /// Shared collections.
    Shared,
    /// Dedicated collection set.
    DedicatedCollections,
    /// Dedicated database.
    DedicatedDatabase,
}

/// One database or file, within which a batch is atomic.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Partition {
    /// `caas_platform`.
    Platform,
    /// `caas_shared`.
    Shared,
    /// Collection set of a tenant in `caas_pro`.
    DedicatedCollections(TenantId),
    /// Dedicated database of a tenant.
    DedicatedDatabase(TenantId),
    /// `caas_analytics`, for all tenants without a dedicated database.
    Analytics,
}

impl Partition {
    /// Returns the isolation of the tenants whose documents are in the partition;
    /// [`Isolation::Shared`] for the platform.
    #[must_use]
    pub const fn isolation(self) -> Isolation {
        match self {
            Self::Platform | Self::Shared | Self::Analytics => Isolation::Shared,
            Self::DedicatedCollections(_) => Isolation::DedicatedCollections,
            Self::DedicatedDatabase(_) => Isolation::DedicatedDatabase,
        }
    }

    /// Returns the partition of `database` for the tenants whose other documents are in this
    /// partition.
    #[must_use]
    pub const fn of(self, database: Database) -> Self {
        match (database, self) {
            (Database::Analytics, Self::Shared | Self::DedicatedCollections(_)) => Self::Analytics,
            (_, partition) => partition,
        }
    }

    /// Returns whether the partition contains collections of this database.
    #[must_use]
    pub const fn holds(self, database: Database) -> bool {
        match self {
            Self::Platform => matches!(database, Database::Platform),
            Self::Shared | Self::DedicatedCollections(_) => matches!(database, Database::Tenant),
            Self::DedicatedDatabase(_) => {
                matches!(database, Database::Tenant | Database::Analytics)
            }
            Self::Analytics => matches!(database, Database::Analytics),
        }
    }

    /// Returns the tenant to which the partition is dedicated, if any.
    #[must_use]
    pub const fn tenant(self) -> Option<TenantId> {
        match self {
            Self::Platform | Self::Shared | Self::Analytics => None,
            Self::DedicatedCollections(tenant) | Self::DedicatedDatabase(tenant) => Some(tenant),
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Platform => f.write_str("platform"),
            Self::Shared => f.write_str("shared"),
            Self::DedicatedCollections(tenant) => write!(f, "pro/{tenant}"),
            Self::DedicatedDatabase(tenant) => write!(f, "{tenant}"),
            Self::Analytics => f.write_str("analytics"),
        }
    }
}

impl fmt::Debug for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Returns the partition of a tenant's documents.
#[must_use]
pub const fn resolve(tenant: TenantId, isolation: Isolation) -> Partition {
    match isolation {
        Isolation::Shared => Partition::Shared,
        Isolation::DedicatedCollections => Partition::DedicatedCollections(tenant),
        Isolation::DedicatedDatabase => Partition::DedicatedDatabase(tenant),
    }
}

macro_rules! place_constants {
    ($($(#[$meta:meta])* $name:ident: $scope:ident $database:ident $durability:ident;)+) => {$(
        $(#[$meta])*
        #[doc(hidden)]
        #[expect(non_snake_case, reason = "bears the name of the marker type that the collection macro is given")]
        pub mod $name {
            use super::{Database, Durability, Scope};
            pub const SCOPE: Scope = Scope::$scope;
            pub const DATABASE: Database = Database::$database;
            pub const DURABILITY: Durability = Durability::$durability;
        }
    )+};
}

place_constants! {
    PlatformData: Platform Platform Durable;
    TenantData: Tenant Tenant Durable;
    TenantEphemeral: Tenant Tenant Ephemeral;
    TenantAnalytics: Tenant Analytics Durable;
}
