//! Statements as engines receive them. Only the handles can build one, so
//! none can go without its scope.

use base::{Direction, ObjectId, TenantId, Timestamp};

use crate::batch::Write;
use crate::declaration::{Declaration, Durability, FieldDecl};
use crate::partition::Partition;
use crate::query::{IndexRange, Position};

/// Which collection of which place, and for whom.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    pub(crate) place: Partition,
    pub(crate) tenant: Option<TenantId>,
    pub(crate) declaration: &'static Declaration,
}

impl Target {
    /// The place.
    #[must_use]
    pub const fn place(&self) -> Partition {
        self.place
    }

    /// The tenant whose documents these are; `None` in platform collections only.
    #[must_use]
    pub const fn tenant(&self) -> Option<TenantId> {
        self.tenant
    }

    /// The collection.
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
    /// Documents by their ids, in any order, those that are there.
    Get {
        /// The collection.
        target: Target,
        /// The ids, each once.
        ids: Vec<ObjectId>,
        /// Whether softly deleted documents are answered too.
        deleted: bool,
        /// The moment against which expiry is judged.
        now: Timestamp,
    }
}

statement! {
    /// Documents of one span of an index, in its order.
    List {
        /// The collection.
        target: Target,
        /// The index and the part of it.
        span: IndexRange,
        /// Others that stand among these.
        beside: Option<Beside>,
        /// In or against index order.
        direction: Direction,
        /// At most this many.
        limit: usize,
        /// Behind this position.
        after: Option<Position>,
        /// Reads what the primary holds although a majority may not yet, for
        /// a sequencer that will write behind it.
        newest: bool,
        /// Whether softly deleted documents are answered too.
        deleted: bool,
        /// The moment against which expiry is judged.
        now: Timestamp,
    }
}

impl List {
    /// The part of the index, and the one beside it.
    pub fn spans(&self) -> impl Iterator<Item = &IndexRange> {
        std::iter::once(&self.span).chain(self.beside.as_ref().map(|beside| &beside.span))
    }
}

statement! {
    /// Another part of a list's index with as many equal values. Its documents
    /// stand among the others by the number behind these values.
    Beside {
        /// The part.
        span: IndexRange,
        /// The first and the last number of the log between which the list's
        /// own part is believed to lie: an engine may look there first.
        near: Option<(i64, i64)>,
    }
}

statement! {
    /// Documents of several spans of one index, in any order; a single
    /// statement whatever their number.
    ListEach {
        /// The collection.
        target: Target,
        /// The spans, all over the same index with the same number of equal fields.
        spans: Vec<IndexRange>,
        /// At most this many in all.
        limit: usize,
        /// Whether softly deleted documents are answered too.
        deleted: bool,
        /// The moment against which expiry is judged.
        now: Timestamp,
    }
}

statement! {
    /// How many documents stand in each of several spans of one index; one
    /// statement for some hundreds, or two where an engine counts short ones apart.
    Count {
        /// The collection.
        target: Target,
        /// The spans, all over the same index with the same number of equal fields.
        spans: Vec<IndexRange>,
        /// Where counting stops.
        cap: usize,
        /// Leaves out documents whose field at this position has this value.
        unless: Option<(usize, crate::Value)>,
        /// Leaves out documents with a deletion mark, also in a log.
        undeleted: bool,
        /// The moment against which expiry is judged.
        now: Timestamp,
    }
}

statement! {
    /// Some fields of the documents of one span of an index, in any order,
    /// from the index alone.
    Covered {
        /// The collection, whose documents neither expire nor are deleted softly.
        target: Target,
        /// The index and the part of it.
        span: IndexRange,
        /// The fields, all of the index and none that may be absent.
        fields: Vec<&'static FieldDecl>,
        /// At most this many documents.
        limit: usize,
    }
}

statement! {
    /// How many documents of one span of an index have each value of a field
    /// that stands in the index: the most frequent first, of equals the one
    /// whose value is first in index order.
    GroupCount {
        /// The collection.
        target: Target,
        /// The index and the part of it.
        span: IndexRange,
        /// The field, one of the index.
        field: &'static FieldDecl,
        /// At most this many values.
        groups: usize,
        /// The moment against which expiry is judged.
        now: Timestamp,
    }
}

statement! {
    /// The heads of several logs; a single statement whatever their number.
    Heads {
        /// The log collection.
        target: Target,
        /// The logs.
        logs: Vec<ObjectId>,
        /// Everything that was written when the statement came, as soon as it
        /// cannot be taken back, for a sequencer that will write behind it.
        newest: bool,
    }
}

statement! {
    /// Documents of all tenants of a place whose time has come, the earliest first.
    Due {
        /// The place.
        place: Partition,
        /// The collection.
        declaration: &'static Declaration,
        /// The time field: the expiry or the due field of the declaration, the only one of its index.
        field: &'static str,
        /// Due are those whose time is this or earlier.
        now: Timestamp,
        /// At most this many.
        limit: usize,
    }
}

statement! {
    /// Writes that happen together or not at all, in one place.
    Commit {
        /// The place.
        place: Partition,
        /// The tenant whose documents these are; `None` in platform collections only.
        tenant: Option<TenantId>,
        /// What the acknowledgement means.
        durability: Durability,
        /// The writes in order.
        writes: Vec<Write>,
        /// Set by the sequencer when the writes are nothing but records of
        /// one log in order: then a prefix may land when the rest fails.
        run: bool,
    }
}

/// What an engine knows of a log's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The log.
    pub log: ObjectId,
    /// The number of its last record.
    pub seq: i64,
    /// When that record was written.
    pub created_at: Timestamp,
    /// Its last record of the main timeline.
    pub shown: Option<Shown>,
}

/// The last record of a log's main timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// Its number.
    pub seq: i64,
    /// Its id.
    pub id: ObjectId,
    /// When it was written.
    pub created_at: Timestamp,
}
