//! `caas schema` and `caas migrate`.

use base::Result;
use domain::tenants::finish_provisioning;
use serde_json::{Value, json};
use store::Partition;

use super::Output;
use crate::jobs::for_each_partition;
use crate::services::Services;

/// Returns one statement of the engine per entry.
pub fn schema(services: &Services) -> Output {
    let lines = services.store.schema(&domain::catalogue());
    json!({"data": lines.into_iter().map(Value::from).collect::<Vec<_>>()})
}

/// Migrates the platform, the shared partitions and those of single tenants.
///
/// # Errors
/// The error of the first migration that fails.
pub async fn migrate(services: &Services) -> Result<Output> {
    let store = &services.store;
    store.migrate(Partition::Platform).await?;
    store.migrate(Partition::Analytics).await?;
    let migrate = async |partition, _| Ok(store.migrate(partition).await?);
    let partitions = for_each_partition(store, migrate).await?;
    while finish_provisioning(store).await? > 0 {}
    Ok(json!({"migrated_places": partitions + 2}))
}
