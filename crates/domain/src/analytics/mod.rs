//! Analytics events of a tenant's product and their counts. They are stored in a separate partition
//! and ingested through a separate queue, so that they do not delay messages.

mod active_users;
mod bucket;
mod collections;
mod count;
mod event;
mod ingest;
mod queue;
mod recount;
#[cfg(test)]
mod tests;

use store::{Collection, Declaration};

pub(crate) use bucket::marks_until;
pub use collections::{ActiveUser, Category, Event, Granularity, Metric, Recount};
pub(crate) use count::count_marked;
pub use count::{Counts, EventCounts, TimeRange, count};
pub(crate) use event::forget;
pub use event::{EventFilter, NewEvent, list, list_metrics};
pub use ingest::{EventIngest, IngestCounters, IngestResult};
pub use recount::recount;

/// Collections of the module.
pub(crate) const COLLECTIONS: &[&Declaration] = &[
    Event::DECLARATION,
    Metric::DECLARATION,
    ActiveUser::DECLARATION,
    Recount::DECLARATION,
];
