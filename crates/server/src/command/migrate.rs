use base::Result;
use domain::tenants::finish_provisioning;
use serde_json::json;
use store::Partition;

use super::{Answer, Desk};
use crate::jobs::each_place;

/// `caas migrate`: the platform, the shared places, then each tenant's own.
pub async fn run(desk: &Desk) -> Result<Answer> {
    let store = &desk.store;
    store.migrate(Partition::Platform).await?;
    store.migrate(Partition::Analytics).await?;
    let places = each_place(store, async |place, _| Ok(store.migrate(place).await?)).await?;
    while finish_provisioning(store).await? > 0 {}
    Ok(json!({"migrated_places": places + 2}))
}
