use std::collections::BTreeSet;

use base::{Error, ObjectId, Result};
use store::{Batch, Collection, Entity, Erased, PersonalLine, Row, TenantAnalytics};

use super::bucket::Bucket;
use super::collections::{ActiveUser, Event, Granularity};

/// Removes documents of a person who is erased, and marks in the same batch
/// what was counted from them. Removes just these: another one that came
/// meanwhile may lie in an hour that is not marked here.
///
/// # Errors
/// When what is stored cannot be read.
pub(crate) fn forget(
    batch: &mut Batch<TenantAnalytics>,
    line: PersonalLine,
    person: ObjectId,
    rows: &[Row],
) -> Result<Erased> {
    match line.declaration().name {
        name if name == Event::DECLARATION.name => remove::<Event>(batch, rows, |event| {
            Granularity::Hour.around(event.timestamp)
        }),
        name if name == ActiveUser::DECLARATION.name => {
            remove::<ActiveUser>(batch, rows, |active| {
                active.granularity.around(active.starts_at)
            })
        }
        _ => Ok(batch.erase(line, person, rows)),
    }
}

fn remove<C: Collection<Partition = TenantAnalytics>>(
    batch: &mut Batch<TenantAnalytics>,
    rows: &[Row],
    counted_in: impl Fn(&C) -> Bucket,
) -> Result<Erased> {
    let mut marked = BTreeSet::new();
    for row in rows {
        let document = Entity::<C>::from_row(row.clone()).map_err(Error::internal)?;
        batch.remove(document.id, false);
        marked.insert(counted_in(&document));
    }
    marked.into_iter().for_each(|bucket| bucket.mark(batch));
    Ok(Erased {
        removed: rows.len(),
        wiped: 0,
    })
}
