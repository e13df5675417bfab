use std::error::Error;

use base::limit;
use store::{Collection, DueIndex, Store};

use super::each_place;

/// Puts every place on the agenda: now, and when the leases end that a server
/// held when it died.
pub async fn ask_all<C: Collection>(store: &Store, agenda: &DueIndex, lease_seconds: usize) {
    let now = store.context().now();
    let later = now.plus_millis(limit::signed(lease_seconds) * 1_000);
    let noted = each_place(store, async |place, _| {
        let place = place.of(C::DECLARATION.database);
        agenda.note(place, now);
        agenda.note(place, later);
        Ok(())
    });
    if let Err(failure) = noted.await {
        let collection = C::DECLARATION.name;
        let error = &failure as &dyn Error;
        tracing::warn!(collection, error, "not all places were asked for work");
    }
}
