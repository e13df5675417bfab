use mongodb::bson::{Bson, Document};
use store::{Database, Declaration, Scope};

use super::index::indexes;

/// Returns the shell commands that create the schema, in the order of `catalogue`: the indexes of
/// each collection and, for collections of tenants, the shard key of a cluster.
#[must_use]
pub fn schema(prefix: &str, catalogue: &[&'static Declaration]) -> Vec<String> {
    catalogue
        .iter()
        .flat_map(|declaration| commands(prefix, declaration))
        .collect()
}

fn commands(prefix: &str, declaration: &'static Declaration) -> Vec<String> {
    let name = declaration.name;
    let database = match declaration.database {
        Database::Platform => format!("{prefix}_platform"),
        Database::Tenant => format!("{prefix}_shared"),
        Database::Analytics => format!("{prefix}_analytics"),
    };
    let create = |mut index: Document| {
        let key = index
            .remove("key")
            .and_then(|key| key.as_document().map(shell))
            .unwrap_or_default();
        format!(
            "db.getSiblingDB(\"{database}\").{name}.createIndex({key}, {})",
            shell(&index)
        )
    };
    let mut lines: Vec<_> = indexes(declaration).into_iter().map(create).collect();
    if declaration.scope == Scope::Tenant {
        let key = std::iter::once("tenant_id").chain(declaration.shard_by.iter().copied());
        let key: Document = key
            .map(|field| (field.to_owned(), Bson::Int32(1)))
            .collect();
        lines.push(format!(
            "sh.shardCollection(\"{database}.{name}\", {})",
            shell(&key)
        ));
    }
    lines
}

/// Renders an index definition. It contains only booleans, integers and operators, whose JSON is
/// valid in the shell.
fn shell(value: &Document) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use store::Collection as _;
    use store_conformance::{Member, Voucher};

    use super::*;

    #[test]
    fn a_collection_has_its_indexes_and_its_shard_key() {
        let lines = schema("caas", &[Member::DECLARATION]);
        let collection = r#"db.getSiblingDB("caas_shared").proof_members.createIndex"#;
        assert!(lines.contains(&format!(
            r#"{collection}({{"tenant_id":1,"room":1,"seat":1}}, {{"name":"by_seat","unique":true,"partialFilterExpression":{{"seat":{{"$exists":true}}}}}})"#
        )));
        let shard = r#"sh.shardCollection("caas_shared.proof_members", {"tenant_id":1,"room":1})"#;
        assert_eq!(lines.last().map(String::as_str), Some(shard));
    }

    #[test]
    fn an_expiring_collection_has_an_index_of_one_field_for_it() {
        let lines = schema("caas", &[Voucher::DECLARATION]);
        let expiry = r#"createIndex({"expires_at":1}, {"name":"expiry","expireAfterSeconds":0})"#;
        assert!(
            lines.iter().any(|line| line.ends_with(expiry)),
            "{lines:#?}"
        );
    }
}
