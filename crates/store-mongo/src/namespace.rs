//! Mapping between partitions and declarations and the names of databases and collections.

use base::TenantId;
use mongodb::bson::Document;
use mongodb::{Client, Collection, Database};
use store::{Declaration, Partition, Scope};

/// Length of the tenant id that prefixes the name of a dedicated collection.
const TENANT_LENGTH: usize = "clnt_".len() + 24;

/// Databases with one name prefix.
#[derive(Debug, Clone)]
pub(crate) struct Namespaces {
    client: Client,
    prefix: String,
}

impl Namespaces {
    pub(crate) const fn new(client: Client, prefix: String) -> Self {
        Self { client, prefix }
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(crate) fn database(&self, partition: Partition) -> Database {
        let prefix = &self.prefix;
        self.client.database(&match partition {
            Partition::Platform => format!("{prefix}_platform"),
            Partition::Shared => format!("{prefix}_shared"),
            Partition::Analytics => format!("{prefix}_analytics"),
            Partition::DedicatedCollections(_) => format!("{prefix}_pro"),
            Partition::DedicatedDatabase(tenant) => format!("{prefix}_{tenant}"),
        })
    }

    pub(crate) fn collection(
        &self,
        partition: Partition,
        declaration: &Declaration,
    ) -> Collection<Document> {
        self.database(partition)
            .collection(&collection_name(partition, declaration))
    }

    /// Returns the regular expression that matches exactly the databases with the prefix.
    pub(crate) fn pattern(&self) -> String {
        let literal = |c: char| {
            if c.is_ascii_alphanumeric() || c == '_' {
                c.to_string()
            } else {
                format!("\\{c}")
            }
        };
        let prefix: String = self.prefix.chars().map(literal).collect();
        format!("^{prefix}_(platform|shared|pro|analytics|clnt_[0-9a-f]{{24}})$")
    }

    /// Returns the scope and the declared name of a collection, if the database has the prefix.
    pub(crate) fn parse<'a>(
        &self,
        database: &str,
        collection: &'a str,
    ) -> Option<(Scope, &'a str)> {
        match database.strip_prefix(&self.prefix)?.strip_prefix('_')? {
            "platform" => Some((Scope::Platform, collection)),
            "shared" | "analytics" => Some((Scope::Tenant, collection)),
            "pro" => {
                let (tenant, name) = collection.split_at_checked(TENANT_LENGTH)?;
                tenant.parse::<TenantId>().ok()?;
                Some((Scope::Tenant, name.strip_prefix('_')?))
            }
            tenant => tenant
                .parse::<TenantId>()
                .ok()
                .map(|_| (Scope::Tenant, collection)),
        }
    }
}

/// Returns the name of a collection; dedicated collections are prefixed with the tenant id.
pub(crate) fn collection_name(partition: Partition, declaration: &Declaration) -> String {
    match partition {
        Partition::DedicatedCollections(tenant) => format!("{tenant}_{}", declaration.name),
        Partition::Platform
        | Partition::Shared
        | Partition::DedicatedDatabase(_)
        | Partition::Analytics => declaration.name.to_owned(),
    }
}
