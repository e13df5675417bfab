//! Messages written without a server.

mod mongodb;
mod sqlite;

pub(super) use mongodb::{insert as mongodb, one_by_one};
pub(super) use sqlite::insert as sqlite;

/// Messages that are read to be written again.
const SAMPLE: usize = 20_000;

/// How they are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// With the server's indexes.
    Ours,
    /// With no index but the least that a log needs: (conversation, number),
    /// on the embedded engine of two integers.
    Plain,
}
