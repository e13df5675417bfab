//! Where documents live. The one function [`resolve`] knows what a tier means.

use std::fmt;

use base::TenantId;

use crate::declaration::{Database, Durability, Scope};

/// How a tenant is isolated (seed 001): free and starter share collections,
/// pro has a collection set, enterprise its own database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Isolation {
    /// Shared collections.
    Shared,
    /// A collection set of its own.
    DedicatedCollections,
    /// A database of its own.
    DedicatedDatabase,
}

/// One database or file: what a batch is atomic in.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Partition {
    /// `caas_platform`.
    Platform,
    /// `caas_shared`.
    Shared,
    /// The tenant's collection set in `caas_pro`.
    DedicatedCollections(TenantId),
    /// The tenant's own database.
    DedicatedDatabase(TenantId),
    /// `caas_analytics`, of all tenants without a database of their own.
    Analytics,
}

impl Partition {
    /// How the tenants whose documents are here are isolated; the platform's are its own.
    #[must_use]
    pub const fn isolation(self) -> Isolation {
        match self {
            Self::Platform | Self::Shared | Self::Analytics => Isolation::Shared,
            Self::DedicatedCollections(_) => Isolation::DedicatedCollections,
            Self::DedicatedDatabase(_) => Isolation::DedicatedDatabase,
        }
    }

    /// Where documents of this database lie of the tenants whose other documents are here.
    #[must_use]
    pub const fn of(self, database: Database) -> Self {
        match (database, self) {
            (Database::Analytics, Self::Shared | Self::DedicatedCollections(_)) => Self::Analytics,
            (_, place) => place,
        }
    }

    /// Whether collections of this database lie here.
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

    /// The tenant that has the place for itself, if any.
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

/// The place of a tenant's documents.
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
