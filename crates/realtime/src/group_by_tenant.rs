use std::collections::HashMap;

use base::TenantId;

/// Groups items by tenant, in their order.
pub(crate) fn group_by_tenant<T>(
    items: impl IntoIterator<Item = T>,
    tenant: impl Fn(&T) -> TenantId,
) -> HashMap<TenantId, Vec<T>> {
    let mut groups: HashMap<TenantId, Vec<T>> = HashMap::new();
    for item in items {
        groups.entry(tenant(&item)).or_default().push(item);
    }
    groups
}
