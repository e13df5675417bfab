use std::path::{Path, PathBuf};

use store::{Database, Declaration, Durability, Partition};

/// Database file of the data directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum DbFileKind {
    /// Durable documents of a partition.
    Durable(Partition),
    /// Ephemeral documents of all tenants.
    Ephemeral,
}

impl DbFileKind {
    /// Files that are not dedicated to one tenant.
    pub(crate) const OF_ALL_TENANTS: [Self; 4] = [
        Self::Durable(Partition::Platform),
        Self::Durable(Partition::Shared),
        Self::Durable(Partition::Analytics),
        Self::Ephemeral,
    ];

    /// Returns the file for documents of a partition with this durability.
    pub(crate) const fn of(partition: Partition, durability: Durability) -> Self {
        match durability {
            Durability::Durable => Self::Durable(partition),
            Durability::Ephemeral => Self::Ephemeral,
        }
    }

    pub(crate) fn path(self, data_dir: &Path) -> PathBuf {
        data_dir.join(match self {
            Self::Durable(Partition::Platform) => "caas_platform.db".to_owned(),
            Self::Durable(Partition::Shared) => "caas_shared.db".to_owned(),
            Self::Durable(Partition::DedicatedCollections(tenant)) => format!("pro/{tenant}.db"),
            Self::Durable(Partition::DedicatedDatabase(tenant)) => format!("caas_{tenant}.db"),
            Self::Durable(Partition::Analytics) => "caas_analytics.db".to_owned(),
            Self::Ephemeral => "ephemeral.db".to_owned(),
        })
    }

    /// Returns whether documents of the collection are stored in this file.
    pub(crate) fn holds(self, declaration: &Declaration) -> bool {
        let held = match self {
            Self::Durable(partition) => partition.holds(declaration.database),
            Self::Ephemeral => declaration.database == Database::Tenant,
        };
        held && declaration.durability == self.durability()
    }

    /// Returns the page cache of one connection, in KiB. It is large for files of all tenants and
    /// small for files of single tenants, of which hundreds may be open.
    pub(crate) const fn cache_kib(self) -> i64 {
        match self {
            Self::Durable(Partition::Platform | Partition::Shared | Partition::Analytics)
            | Self::Ephemeral => 8 * 1024,
            Self::Durable(Partition::DedicatedCollections(_) | Partition::DedicatedDatabase(_)) => {
                1024
            }
        }
    }

    pub(crate) const fn durability(self) -> Durability {
        match self {
            Self::Durable(_) => Durability::Durable,
            Self::Ephemeral => Durability::Ephemeral,
        }
    }
}
