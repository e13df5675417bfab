use base::{Direction, PageSize, Result};
use domain::platform::{finish_provisioning, list_tenants, tenant_id};
use serde_json::json;
use store::Place;
use store::place::resolve;

use super::{Answer, Desk};

/// `caas migrate`: the platform, the shared place, then each tenant's own.
pub async fn run(desk: &Desk) -> Result<Answer> {
    let store = &desk.store;
    store.migrate(Place::Platform).await?;
    store.migrate(Place::Shared).await?;
    let (mut places, mut after) = (2, None);
    loop {
        let page = list_tenants(&store.platform(), PageSize::MAX, Direction::Forward, after).await?;
        for client in page.items {
            let place = resolve(tenant_id(client.id), client.tier.isolation());
            if place != Place::Shared {
                store.migrate(place).await?;
                places += 1;
            }
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    while finish_provisioning(store).await? > 0 {}
    Ok(json!({"migrated_places": places}))
}
