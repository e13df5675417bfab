//! What happens in a tenant's product, told to be counted. It lies beside the
//! tenant's place and has a queue of its own, so that it is in nobody's way.

mod active;
mod bucket;
mod collections;
mod count;
mod count_marked;
mod counts;
mod forget;
mod intake;
mod list;
mod new_event;
mod queue;
mod recount;
mod subjects;
#[cfg(test)]
mod tests;

pub(crate) use bucket::marks_until;
pub use collections::{ActiveUser, Category, Event, Granularity, Metric, Recount};
pub use count::{Counted, Span, count};
pub(crate) use count_marked::count_marked;
pub use counts::Counts;
pub(crate) use forget::forget;
pub use intake::{EventIngest, IngestCounters, IngestResult};
pub use list::{EventFilter, list, list_metrics};
pub use new_event::NewEvent;
pub use recount::recount;

use store::{Collection, Declaration};

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[
    Event::DECLARATION,
    Metric::DECLARATION,
    ActiveUser::DECLARATION,
    Recount::DECLARATION,
];
