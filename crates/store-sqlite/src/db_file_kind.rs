use std::path::{Path, PathBuf};

use store::{Database, Declaration, Durability, Partition};

/// Names one file of the data folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum DbFileKind {
    /// The durable documents of a place.
    Durable(Partition),
    /// The ephemeral documents of all tenants.
    Ephemeral,
}

impl DbFileKind {
    /// The files that documents of all tenants share.
    pub(crate) const OF_ALL_TENANTS: [Self; 4] = [
        Self::Durable(Partition::Platform),
        Self::Durable(Partition::Shared),
        Self::Durable(Partition::Analytics),
        Self::Ephemeral,
    ];

    /// Where the documents of a place live that are as durable as this.
    pub(crate) const fn of(place: Partition, durability: Durability) -> Self {
        match durability {
            Durability::Durable => Self::Durable(place),
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

    /// Whether documents of the collection live in this file.
    pub(crate) fn holds(self, declaration: &Declaration) -> bool {
        let held = match self {
            Self::Durable(place) => place.holds(declaration.database),
            Self::Ephemeral => declaration.database == Database::Tenant,
        };
        held && declaration.durability == self.durability()
    }

    /// Pages that one connection keeps in memory, in KiB: more where all
    /// tenants meet, little in files of which there may be hundreds.
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
