//! Statements as engines receive them. Only handles can build one, so every statement has its
//! scope.

use base::{Direction, ObjectId, TenantId, Timestamp};

use crate::batch::Write;
use crate::declaration::{Declaration, Durability, FieldDecl};
use crate::partition::Partition;
use crate::query::{IndexRange, Position};

/// Collection of a statement, with its partition and tenant.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    pub(crate) partition: Partition,
    pub(crate) tenant: Option<TenantId>,
    pub(crate) declaration: &'static Declaration,
}

impl Target {
    /// Returns the partition.
    #[must_use]
    pub const fn partition(&self) -> Partition {
        self.partition
    }

    /// Returns the tenant that owns the documents; `None` in platform collections only.
    #[must_use]
    pub const fn tenant(&self) -> Option<TenantId> {
        self.tenant
    }

    /// Returns the collection.
    #[must_use]
    pub const fn declaration(&self) -> &'static Declaration {
        self.declaration
    }
}

macro_rules! statement {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub struct $name { $(pub(crate) $field: $type),+ }

        impl $name {
            $($(#[$field_meta])* #[must_use] pub const fn $field(&self) -> &$type { &self.$field })+
        }
    };
}

statement! {
    /// Documents by their ids, in any order; missing ones are left out.
    Get {
        /// Collection.
        target: Target,
        /// Ids without duplicates.
        ids: Vec<ObjectId>,
        /// Whether soft-deleted documents are returned too.
        deleted: bool,
        /// Time against which expiry is evaluated.
        now: Timestamp,
    }
}

statement! {
    /// Documents of one index range, in its order.
    List {
        /// Collection.
        target: Target,
        /// Range of the index.
        span: IndexRange,
        /// Second range, whose documents are merged with these.
        second: Option<SecondRange>,
        /// Direction relative to the index order.
        direction: Direction,
        /// Maximum number of documents.
        limit: usize,
        /// Position after which to start.
        after: Option<Position>,
        /// Whether to read what the primary has even if a majority may not have it yet, for a
        /// sequencer that writes after it.
        newest: bool,
        /// Whether soft-deleted documents are returned too.
        deleted: bool,
        /// Time against which expiry is evaluated.
        now: Timestamp,
    }
}

impl List {
    /// Returns the range of the list and the one merged with it.
    pub fn spans(&self) -> impl Iterator<Item = &IndexRange> {
        std::iter::once(&self.span).chain(self.second.as_ref().map(|second| &second.span))
    }
}

statement! {
    /// Second range of a list's index, with the same number of equal values. Its documents are
    /// merged with the others by the number after these values.
    SecondRange {
        /// Range of the index.
        span: IndexRange,
        /// First and last number of the log between which the list's own range is expected: an
        /// engine may read there first.
        near: Option<(i64, i64)>,
    }
}

statement! {
    /// Documents of several ranges of one index, in any order, with a single statement for any
    /// number of ranges.
    ListEach {
        /// Collection.
        target: Target,
        /// Ranges, all over the same index with the same number of equal fields.
        spans: Vec<IndexRange>,
        /// Maximum number of documents in total.
        limit: usize,
        /// Whether soft-deleted documents are returned too.
        deleted: bool,
        /// Time against which expiry is evaluated.
        now: Timestamp,
    }
}

statement! {
    /// Number of documents in each of several ranges of one index.
    ///
    /// Some hundreds of ranges take one statement, or two if an engine counts short ranges
    /// separately.
    Count {
        /// Collection.
        target: Target,
        /// Ranges, all over the same index with the same number of equal fields.
        spans: Vec<IndexRange>,
        /// Number at which counting stops.
        cap: usize,
        /// Excluded documents: those whose field at this position has this value.
        unless: Option<(usize, crate::Value)>,
        /// Whether documents with a deletion mark are excluded, also in a log.
        undeleted: bool,
        /// Time against which expiry is evaluated.
        now: Timestamp,
    }
}

statement! {
    /// Fields of the documents of one index range, in any order, from the index alone.
    Covered {
        /// Collection, whose documents neither expire nor are soft-deleted.
        target: Target,
        /// Range of the index.
        span: IndexRange,
        /// Fields, all of the index and none optional.
        fields: Vec<&'static FieldDecl>,
        /// Maximum number of documents.
        limit: usize,
    }
}

statement! {
    /// Number of documents of one index range for each value of a field of the index. The most
    /// frequent come first, equally frequent ones in index order.
    GroupCount {
        /// Collection.
        target: Target,
        /// Range of the index.
        span: IndexRange,
        /// Field of the index.
        field: &'static FieldDecl,
        /// Maximum number of values.
        groups: usize,
        /// Time against which expiry is evaluated.
        now: Timestamp,
    }
}

statement! {
    /// Heads of several logs, with a single statement for any number of logs.
    Heads {
        /// Log collection.
        target: Target,
        /// Ids of the logs.
        logs: Vec<ObjectId>,
        /// Whether to include everything that was written before the statement arrived, as soon as
        /// it cannot be rolled back. For a sequencer that writes after it.
        newest: bool,
    }
}

statement! {
    /// Documents of all tenants of a partition whose time has come, the earliest first.
    Due {
        /// Partition.
        partition: Partition,
        /// Collection.
        declaration: &'static Declaration,
        /// Time field: the expiry or the due field of the declaration, and the only field of its
        /// index.
        field: &'static str,
        /// Latest time that is due.
        now: Timestamp,
        /// Maximum number of documents.
        limit: usize,
    }
}

statement! {
    /// Writes of one partition that are committed atomically.
    Commit {
        /// Partition.
        partition: Partition,
        /// Tenant that owns the documents; `None` in platform collections only.
        tenant: Option<TenantId>,
        /// Failure that the acknowledged write must survive.
        durability: Durability,
        /// Writes in order.
        writes: Vec<Write>,
        /// Whether the writes are only records of one log, in order. Set by the sequencer; then a
        /// prefix may be written if the rest fails.
        run: bool,
    }
}

impl Commit {
    /// Keeps the first writes only, as a test engine does that fails halfway.
    pub fn truncate(&mut self, writes: usize) {
        self.writes.truncate(writes);
    }
}

/// End of a log as an engine returns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Id of the log.
    pub log: ObjectId,
    /// Number of its last record.
    pub seq: i64,
    /// Time at which that record was written.
    pub created_at: Timestamp,
    /// Its last record of the main timeline, if any.
    pub shown: Option<Shown>,
}

/// Last record of a log's main timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// Number of the record.
    pub seq: i64,
    /// Id of the record.
    pub id: ObjectId,
    /// Time at which it was written.
    pub created_at: Timestamp,
}
