use std::collections::BTreeMap;

use base::{Id, TenantId};

/// The documents of a place sorted by whose they are.
pub fn by_tenant<C>(found: Vec<(TenantId, Id<C>)>) -> BTreeMap<TenantId, Vec<Id<C>>> {
    let mut sorted: BTreeMap<_, Vec<_>> = BTreeMap::new();
    found
        .into_iter()
        .for_each(|(tenant, id)| sorted.entry(tenant).or_default().push(id));
    sorted
}
