use base::{Result, Timestamp, limit};
use store::TenantStore;

use super::collections::{Granularity, Recount};
use super::recount;

/// Counts buckets of one length anew that were marked in seconds which end by
/// `until`, at most so many, without waiting for the job; says how many there were.
///
/// # Errors
/// As [`recount()`].
pub(crate) async fn count_marked(
    tenant: &TenantStore,
    granularity: Granularity,
    until: Timestamp,
    most: usize,
) -> Result<usize> {
    let mut marks = Vec::new();
    let mut after = None;
    loop {
        let marked = Recount::by_bucket.eq(Recount::granularity, granularity);
        let page = tenant.list(marked.limit(limit::PAGE).after(after)).await?;
        marks.extend(
            page.items
                .iter()
                .filter(|mark| mark.window <= until)
                .map(|mark| mark.id),
        );
        after = page.next;
        if after.is_none() || marks.len() >= most {
            break;
        }
    }
    marks.truncate(most);
    for mark in &marks {
        recount(tenant, *mark).await?;
    }
    Ok(marks.len())
}
