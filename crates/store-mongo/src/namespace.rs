//! Which database and collection a place and a declaration mean, and back.

use base::TenantId;
use mongodb::bson::Document;
use mongodb::{Client, Collection, Database};
use store::{Declaration, Partition, Scope};

/// Length of a tenant's name as it stands in front of a collection's.
const TENANT_LENGTH: usize = "clnt_".len() + 24;

/// The databases that bear one prefix.
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

    pub(crate) fn database(&self, place: Partition) -> Database {
        let prefix = &self.prefix;
        self.client.database(&match place {
            Partition::Platform => format!("{prefix}_platform"),
            Partition::Shared => format!("{prefix}_shared"),
            Partition::Analytics => format!("{prefix}_analytics"),
            Partition::DedicatedCollections(_) => format!("{prefix}_pro"),
            Partition::DedicatedDatabase(tenant) => format!("{prefix}_{tenant}"),
        })
    }

    pub(crate) fn collection(
        &self,
        place: Partition,
        declaration: &Declaration,
    ) -> Collection<Document> {
        self.database(place)
            .collection(&collection_name(place, declaration))
    }

    /// Matches the databases of the prefix and no other's.
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

    /// Whose collection of which name a namespace is, when it is one of ours.
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

/// The collection's name; in a collection set the tenant stands in front.
pub(crate) fn collection_name(place: Partition, declaration: &Declaration) -> String {
    match place {
        Partition::DedicatedCollections(tenant) => format!("{tenant}_{}", declaration.name),
        Partition::Platform
        | Partition::Shared
        | Partition::DedicatedDatabase(_)
        | Partition::Analytics => declaration.name.to_owned(),
    }
}
