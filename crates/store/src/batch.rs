use std::marker::PhantomData;
use std::sync::Arc;

use base::{Context, Id, ObjectId, Timestamp};

use crate::collection::{Collection, Column, Entity, Index, Row};
use crate::declaration::{Declaration, IndexDecl};
use crate::field::FieldType;
use crate::query::{IndexRange, Misuse, Query};
use crate::value::Value;

/// Writes that happen together or not at all. The place is part of the type,
/// so a batch over two places does not compile.
#[derive(Debug)]
pub struct Batch<P> {
    pub(crate) context: Context,
    pub(crate) now: Timestamp,
    pub(crate) writes: Vec<Write>,
    /// The first range that its index cannot answer, told when the batch is written.
    pub(crate) misuse: Option<Misuse>,
    marker: PhantomData<fn() -> P>,
}

/// One write, as engines receive it. It sees what the writes before it in the
/// batch did. The deletion mark hides a document from writes only where the
/// declaration deletes softly; an expired document is hidden from reads only,
/// and keeps its unique keys until it is removed.
#[derive(Debug, Clone)]
pub enum Write {
    /// A new document.
    Insert {
        /// The collection.
        declaration: &'static Declaration,
        /// The document.
        row: Arc<Row>,
    },
    /// Changes a document that is there and not deleted, or is stale.
    Update {
        /// The collection.
        declaration: &'static Declaration,
        /// The document.
        id: ObjectId,
        /// What must hold, or the write is stale.
        expect: Expect,
        /// The fields to change: position and new value, absent when `None`.
        changes: Vec<(usize, Option<Value>)>,
        /// Whether the version rises and `updated_at` becomes `now`.
        touch: bool,
        /// What becomes of the deletion mark.
        deletion: Deletion,
        /// The moment of the write.
        now: Timestamp,
    },
    /// A new document or, where the unique index already knows its key,
    /// changes of the present one, whose deletion mark stays as it is.
    Upsert {
        /// The collection.
        declaration: &'static Declaration,
        /// The unique index that decides.
        index: &'static IndexDecl,
        /// The document when it is new.
        row: Arc<Row>,
        /// Positions of the fields to overwrite with the row's value when it is not new. With any
        /// of them the version rises and `updated_at` becomes the row's.
        set: Vec<usize>,
        /// Positions of the numbers and times to raise to the row's value when theirs is smaller or
        /// absent; that alone leaves version and `updated_at` alone.
        raise: Vec<usize>,
    },
    /// Adds to a number of a document that is there, leaving version and
    /// `updated_at` alone; an absent number counts as zero. Stale when the
    /// document is not there.
    Increment {
        /// The collection.
        declaration: &'static Declaration,
        /// The document.
        id: ObjectId,
        /// The position of the number.
        field: usize,
        /// What is added; may be negative.
        by: i64,
        /// The largest sum allowed, the smallest where something is taken away, or the write exceeds.
        bound: Option<i64>,
    },
    /// Raises a number or time of a document, leaving version and
    /// `updated_at` alone; nothing happens when it is greater already or the
    /// document is not there.
    Raise {
        /// The collection.
        declaration: &'static Declaration,
        /// The document.
        id: ObjectId,
        /// The position of the field.
        field: usize,
        /// The new value.
        to: Value,
    },
    /// Removes a document for good, a softly deleted one too.
    Remove {
        /// The collection.
        declaration: &'static Declaration,
        /// The document.
        id: ObjectId,
        /// Whether the write is stale when the document is not there.
        required: bool,
    },
    /// Removes the first documents of a span for good, softly deleted and
    /// expired ones too. Watchers are not told.
    RemoveRange {
        /// The collection.
        declaration: &'static Declaration,
        /// The index and the part of it.
        span: IndexRange,
        /// At most this many, in index order.
        limit: usize,
    },
}

impl Write {
    /// The collection that is written.
    #[must_use]
    pub const fn declaration(&self) -> &'static Declaration {
        match self {
            Self::Insert { declaration, .. }
            | Self::Update { declaration, .. }
            | Self::Upsert { declaration, .. }
            | Self::Increment { declaration, .. }
            | Self::Raise { declaration, .. }
            | Self::Remove { declaration, .. }
            | Self::RemoveRange { declaration, .. } => declaration,
        }
    }
}

/// What must hold of a document for an update to happen. Whatever is
/// expected, the document must be there.
#[derive(Debug, Clone, PartialEq)]
pub enum Expect {
    /// Nothing more.
    Present,
    /// This version.
    Version(i64),
    /// This value at this position; `None` is absent.
    Field(usize, Option<Value>),
}

/// What an update does to the deletion mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// Leaves it; a softly deleted document is not there.
    Keep,
    /// Sets it, with who deleted.
    Mark(Option<ObjectId>),
    /// Takes it away; the document may or may not be deleted.
    Clear,
}

/// Changes of a `C`: fields with new values.
#[derive(Debug, Clone)]
pub struct Changes<C> {
    fields: Vec<(&'static str, Option<Value>)>,
    marker: PhantomData<fn() -> C>,
}

impl<C: Collection> Default for Changes<C> {
    fn default() -> Self {
        Self {
            fields: Vec::new(),
            marker: PhantomData,
        }
    }
}

impl<C: Collection> Changes<C> {
    /// No changes yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The field gets this value.
    #[must_use]
    pub fn set<T: FieldType>(self, column: Column<C, T>, value: T) -> Self {
        self.put(column, Some(value))
    }

    /// The field gets this value, or becomes absent.
    #[must_use]
    pub fn put<T: FieldType>(mut self, column: Column<C, T>, value: Option<T>) -> Self {
        self.fields
            .push((column.name, value.and_then(|value| value.store())));
        self
    }

    /// The field becomes absent.
    #[must_use]
    pub fn clear<T: FieldType>(self, column: Column<C, T>) -> Self {
        self.put(column, None)
    }

    /// The field gets the time of the record that this write stands beside.
    #[must_use]
    pub fn set_time(mut self, column: Column<C, Timestamp>) -> Self {
        self.fields.push((column.name, Some(Value::AssignedTime)));
        self
    }

    /// Whether nothing would change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    fn positions(self) -> Vec<(usize, Option<Value>)> {
        let place = |(name, value)| Some((C::DECLARATION.position(name)?, value));
        self.fields.into_iter().filter_map(place).collect()
    }
}

/// An update under construction: what is expected, and whether it counts as a change.
#[derive(Debug, Clone)]
pub struct Update<C> {
    pub(crate) expect: Expect,
    pub(crate) touch: bool,
    pub(crate) deletion: Deletion,
    pub(crate) changes: Changes<C>,
}

impl<C: Collection> Update<C> {
    /// These changes, if the document is there.
    #[must_use]
    pub fn of(changes: Changes<C>) -> Self {
        Self {
            expect: Expect::Present,
            touch: true,
            deletion: Deletion::Keep,
            changes,
        }
    }

    /// Only if the document has this version.
    #[must_use]
    pub fn expecting_version(mut self, version: i64) -> Self {
        self.expect = Expect::Version(version);
        self
    }

    /// Only if the field has this value.
    #[must_use]
    pub fn expecting<T: FieldType>(mut self, column: Column<C, T>, value: Option<T>) -> Self {
        if let Some(position) = C::DECLARATION.position(column.name) {
            self.expect = Expect::Field(position, value.and_then(|value| value.store()));
        }
        self
    }

    /// Leaves version and `updated_at` alone.
    #[must_use]
    pub const fn quietly(mut self) -> Self {
        self.touch = false;
        self
    }

    /// Marks the document deleted.
    #[must_use]
    pub fn deleting(mut self, by: Option<ObjectId>) -> Self {
        self.deletion = Deletion::Mark(by);
        self
    }

    /// Takes the deletion mark away, if there is one.
    #[must_use]
    pub const fn restoring(mut self) -> Self {
        self.deletion = Deletion::Clear;
        self
    }
}

impl<P> Batch<P> {
    pub(crate) fn new(context: Context) -> Self {
        let now = context.now();
        Self {
            context,
            now,
            writes: Vec::new(),
            misuse: None,
            marker: PhantomData,
        }
    }

    /// The moment of the batch: what its documents get as `created_at` and `updated_at`.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// How many writes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.writes.len()
    }

    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Adds a new document under a new id.
    pub fn insert<C: Collection<Partition = P>>(&mut self, doc: C) -> Entity<C> {
        let id = self.context.new_id();
        self.insert_as(id, doc)
    }

    /// Adds a new document under an id minted before.
    pub fn insert_as<C: Collection<Partition = P>>(&mut self, id: Id<C>, doc: C) -> Entity<C> {
        let entity = self.entity(id, doc);
        self.writes.push(Write::Insert {
            declaration: C::DECLARATION,
            row: Arc::new(entity.to_row()),
        });
        entity
    }

    /// Changes a document.
    pub fn update<C: Collection<Partition = P>>(&mut self, id: Id<C>, update: Update<C>) {
        let Update {
            expect,
            touch,
            deletion,
            changes,
        } = update;
        let declaration = C::DECLARATION;
        let id = id.object_id();
        let now = self.now;
        let changes = changes.positions();
        self.writes.push(Write::Update {
            declaration,
            id,
            expect,
            changes,
            touch,
            deletion,
            now,
        });
    }

    /// Adds a document, or overwrites and raises fields of the one that has
    /// its key in a unique index whose fields are all present in `doc`.
    /// Watchers of the collection are told what was given, under a new id.
    pub fn upsert<C: Collection<Partition = P>>(
        &mut self,
        index: Index<C>,
        doc: C,
        set: &[&'static str],
        raise: &[&'static str],
    ) -> Entity<C> {
        let entity = self.entity(self.context.new_id(), doc);
        let positions = |names: &[&'static str]| {
            names
                .iter()
                .filter_map(|name| C::DECLARATION.position(name))
                .collect()
        };
        let set = positions(set);
        let raise = positions(raise);
        let declaration = C::DECLARATION;
        let index = index.declared;
        let row = Arc::new(entity.to_row());
        self.writes.push(Write::Upsert {
            declaration,
            index,
            row,
            set,
            raise,
        });
        entity
    }

    /// Adds to a number of a document, up to a bound; takes away from it,
    /// where `by` is negative, down to the bound.
    pub fn increment<C: Collection<Partition = P>>(
        &mut self,
        id: Id<C>,
        column: Column<C, i64>,
        by: i64,
        bound: Option<i64>,
    ) {
        if let Some(field) = C::DECLARATION.position(column.name) {
            self.writes.push(Write::Increment {
                declaration: C::DECLARATION,
                id: id.object_id(),
                field,
                by,
                bound,
            });
        }
    }

    /// Raises a number or time of a document.
    pub fn raise<C: Collection<Partition = P>, T: FieldType>(
        &mut self,
        id: Id<C>,
        column: Column<C, T>,
        to: T,
    ) {
        if let (Some(field), Some(to)) = (C::DECLARATION.position(column.name), to.store()) {
            self.writes.push(Write::Raise {
                declaration: C::DECLARATION,
                id: id.object_id(),
                field,
                to,
            });
        }
    }

    /// Removes a document for good.
    pub fn remove<C: Collection<Partition = P>>(&mut self, id: Id<C>, required: bool) {
        self.writes.push(Write::Remove {
            declaration: C::DECLARATION,
            id: id.object_id(),
            required,
        });
    }

    /// Removes for good what a question finds from its start on, at most its
    /// limit, softly deleted and expired documents too. Watchers are not told.
    pub fn delete_range<C: Collection<Partition = P>>(&mut self, query: Query<C>) {
        self.misuse = self.misuse.take().or(query.misuse());
        let declaration = C::DECLARATION;
        let Query { span, limit, .. } = query;
        self.writes.push(Write::RemoveRange {
            declaration,
            span,
            limit,
        });
    }

    pub(crate) fn entity<C: Collection>(&self, id: Id<C>, doc: C) -> Entity<C> {
        let created_at = self.now;
        let updated_at = self.now;
        Entity {
            id,
            created_at,
            updated_at,
            version: 1,
            deleted_at: None,
            deleted_by: None,
            doc,
        }
    }
}
