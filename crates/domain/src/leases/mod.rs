//! Documents that are work: each is done by whoever takes its lease, at least
//! once. A lease is the due time moved on, so who dies with one is followed by
//! another when it ends; what is done must bear being done twice.

mod settle;
mod take;

pub use settle::{finish, put_off};
pub use take::take;

use base::{Id, Timestamp};
use store::{Collection, Column, Marker};

/// A collection whose documents are work. Its declaration says `due: field;`.
pub trait Work: Collection<Partition: Marker> + Clone {
    /// When the work is due; absent once it was given up.
    const DUE: Column<Self, Timestamp>;
    /// How often it was begun.
    const ATTEMPTS: Column<Self, i64>;
}

/// Work of a tenant under our lease, which ends after
/// [`limit::WORK_LEASE_SECONDS`](base::limit::WORK_LEASE_SECONDS).
#[derive(Clone, Debug)]
pub struct Leased<W> {
    /// Names the work the same each time it is done.
    pub id: Id<W>,
    /// What is to be done.
    pub doc: W,
    /// How often it was begun, this time included.
    pub attempts: i64,
    /// The version that the lease wrote, by which it is told from another's.
    version: i64,
}
