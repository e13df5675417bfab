//! What happens in a tenant's product, told to be counted. It lies beside the
//! tenant's place and has a queue of its own, so that it is in nobody's way.

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
pub use count::{Counted, Counts, Span, count};
pub(crate) use event::forget;
pub use event::{EventFilter, NewEvent, list, list_metrics};
pub use ingest::{EventIngest, IngestCounters, IngestResult};
pub use recount::recount;

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[
    Event::DECLARATION,
    Metric::DECLARATION,
    ActiveUser::DECLARATION,
    Recount::DECLARATION,
];
