//! Migration of a partition's collections to their declarations: creates what is missing and drops
//! what is no longer declared. Each step is one command, and the pending steps are read from the
//! server. A migration may therefore stop after any step and run again.

use std::time::Duration;

use futures_util::TryStreamExt;
use mongodb::Database;
use mongodb::bson::{Document, doc};
use mongodb::error::{Error, ErrorKind};
use store::{Declaration, Partition, ReadError};
use tokio::time::timeout;

use super::index::{indexes, same};
use crate::fault::Fault;
use crate::namespace::{Namespaces, collection_name};

/// Time limit of one step; indexing much data takes long.
const STEP: Duration = Duration::from_mins(10);

const NAMESPACE_NOT_FOUND: i32 = 26;
const INDEX_NOT_FOUND: i32 = 27;
const NAMESPACE_EXISTS: i32 = 48;

/// Command that brings a collection closer to its declaration.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    Create(Vec<Document>),
    Drop(String),
    Collection,
}

/// Migrates every collection of a partition to its declaration.
pub(crate) async fn migrate(
    names: &Namespaces,
    catalogue: &[&'static Declaration],
    partition: Partition,
) -> Result<(), ReadError> {
    let database = names.database(partition);
    for declaration in catalogue
        .iter()
        .filter(|declaration| partition.holds(declaration.database))
    {
        let name = collection_name(partition, declaration);
        for step in steps(&database, &name, declaration)
            .await
            .map_err(Fault::read)?
        {
            apply(&database, &name, step).await.map_err(Fault::read)?;
        }
    }
    Ok(())
}

/// Returns whether the partition has any collection of the catalogue.
pub(crate) async fn exists(
    names: &Namespaces,
    catalogue: &[&'static Declaration],
    partition: Partition,
) -> Result<bool, ReadError> {
    let wanted = catalogue
        .iter()
        .filter(|declaration| partition.holds(declaration.database));
    let wanted: Vec<String> = wanted
        .map(|declaration| collection_name(partition, declaration))
        .collect();
    let database = names.database(partition);
    let list = database.run_cursor_command(doc! {
        "listCollections": 1, "nameOnly": true, "authorizedCollections": true, "filter": { "name": { "$in": wanted } },
    });
    let found = async { list.await?.try_next().await };
    Ok(crate::fault::in_time(found)
        .await
        .map_err(Fault::read)?
        .is_some())
}

/// Returns the pending steps of a collection, in the order of execution.
pub(crate) async fn steps(
    database: &Database,
    name: &str,
    declaration: &'static Declaration,
) -> Result<Vec<Step>, Fault> {
    let wanted = indexes(declaration);
    let Some(listed) = listed(database, name).await? else {
        return Ok(vec![if wanted.is_empty() {
            Step::Collection
        } else {
            Step::Create(wanted)
        }]);
    };
    let named = |index: &Document| index.get_str("name").unwrap_or_default().to_owned();
    let right = |index: &Document| {
        wanted
            .iter()
            .any(|wanted| named(index) == named(wanted) && same(index, wanted))
    };
    let drops = listed
        .iter()
        .filter(|index| !right(index) && is_ours(index))
        .map(|index| Step::Drop(named(index)));
    let missing = |wanted: &&Document| {
        !listed
            .iter()
            .any(|index| named(index) == named(wanted) && same(index, wanted))
    };
    let missing: Vec<_> = wanted.iter().filter(missing).cloned().collect();
    let create = (!missing.is_empty()).then_some(Step::Create(missing));
    // A changed index keeps its name, so the old one is dropped first.
    Ok(drops.chain(create).collect())
}

/// Returns whether an index was created by a migration. The server owns the primary key. A name
/// that the server derived from the key, such as `tenant_id_1`, belongs to an operator's index or a
/// shard key.
fn is_ours(index: &Document) -> bool {
    index
        .get_str("name")
        .is_ok_and(|name| name != "_id_" && !name.ends_with("_1") && !name.ends_with("_-1"))
}

/// Returns the indexes of a collection, or `None` if the collection does not exist.
async fn listed(database: &Database, name: &str) -> Result<Option<Vec<Document>>, Fault> {
    let list = database.run_cursor_command(doc! { "listIndexes": name });
    match crate::fault::in_time(async { list.await?.try_collect().await }).await {
        Ok(indexes) => Ok(Some(indexes)),
        Err(Fault::Driver(error)) if code(&error) == Some(NAMESPACE_NOT_FOUND) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// Applies one step. Succeeds if another node applied it first.
pub(crate) async fn apply(database: &Database, name: &str, step: Step) -> Result<(), Fault> {
    let command = match step {
        Step::Create(indexes) => {
            doc! { "createIndexes": name, "indexes": indexes, "writeConcern": { "w": "majority" } }
        }
        Step::Drop(index) => {
            doc! { "dropIndexes": name, "index": index, "writeConcern": { "w": "majority" } }
        }
        Step::Collection => doc! { "create": name, "writeConcern": { "w": "majority" } },
    };
    match timeout(STEP, database.run_command(command).into_future()).await {
        Err(_) => Err(Fault::TooLate),
        Ok(Err(error)) if matches!(code(&error), Some(INDEX_NOT_FOUND | NAMESPACE_EXISTS)) => {
            Ok(())
        }
        Ok(answer) => answer.map(|_| ()).map_err(Fault::Driver),
    }
}

fn code(error: &Error) -> Option<i32> {
    if let ErrorKind::Command(error) = error.kind.as_ref() {
        Some(error.code)
    } else {
        None
    }
}

#[cfg(test)]
#[cfg(feature = "mongod")]
mod tests;
