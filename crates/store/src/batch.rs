use std::marker::PhantomData;
use std::sync::Arc;

use base::{Context, Id, ObjectId, Timestamp};

use crate::collection::{Collection, Column, Entity, Index, Row};
use crate::declaration::{Declaration, IndexDecl};
use crate::field::FieldType;
use crate::query::{IndexRange, Misuse, Query};
use crate::value::Value;

/// Set of writes that are applied atomically.
///
/// The partition marker is part of the type, so a batch over two partitions does not compile.
#[derive(Debug)]
pub struct Batch<P> {
    pub(crate) context: Context,
    pub(crate) now: Timestamp,
    pub(crate) writes: Vec<Write>,
    /// First range that its index cannot serve; reported when the batch is committed.
    pub(crate) misuse: Option<Misuse>,
    marker: PhantomData<fn() -> P>,
}

/// One write, as engines receive it.
///
/// A write observes the effects of the writes before it in the batch. The deletion mark hides a
/// document from writes only if the declaration uses soft delete. An expired document is hidden
/// from reads only, and keeps its unique keys until it is removed.
#[derive(Debug, Clone)]
pub enum Write {
    /// Insertion of a new document.
    Insert {
        /// Collection.
        declaration: &'static Declaration,
        /// Document.
        row: Arc<Row>,
    },
    /// Change of a document. The precondition fails if the document does not exist or is deleted;
    /// with [`Deletion::Clear`] it may be deleted.
    Update {
        /// Collection.
        declaration: &'static Declaration,
        /// Id of the document.
        id: ObjectId,
        /// Precondition of the write.
        expect: Expect,
        /// Fields to change, as position and new value; `None` makes the field absent.
        changes: Vec<(usize, Option<Value>)>,
        /// Whether the version increases by one and `updated_at` becomes `now`.
        touch: bool,
        /// Effect on the deletion mark.
        deletion: Deletion,
        /// Time of the write.
        now: Timestamp,
    },
    /// Insertion of a new document, or a change of the existing one if the unique index already
    /// contains its key. The deletion mark of an existing document does not change.
    Upsert {
        /// Collection.
        declaration: &'static Declaration,
        /// Unique index that identifies an existing document.
        index: &'static IndexDecl,
        /// Document to insert if it is new.
        row: Arc<Row>,
        /// Positions of the fields that are overwritten with the row's value if the document
        /// exists. If there is any, the version increases by one and `updated_at` becomes the
        /// row's.
        set: Vec<usize>,
        /// Positions of the numbers and times that are raised to the row's value if theirs is
        /// smaller or absent. Raising alone changes neither version nor `updated_at`.
        raise: Vec<usize>,
    },
    /// Addition to a number of an existing document. An absent number counts as zero; version and
    /// `updated_at` do not change. The precondition fails if the document does not exist.
    Increment {
        /// Collection.
        declaration: &'static Declaration,
        /// Id of the document.
        id: ObjectId,
        /// Position of the number.
        field: usize,
        /// Summand; may be negative.
        by: i64,
        /// Largest sum allowed, or the smallest if `by` is negative. Beyond it the write fails with
        /// [`CommitError::LimitExceeded`](crate::CommitError::LimitExceeded).
        bound: Option<i64>,
    },
    /// Raise of a number or time of a document. Version and `updated_at` do not change. Has no
    /// effect if the value is already greater or the document does not exist.
    Raise {
        /// Collection.
        declaration: &'static Declaration,
        /// Id of the document.
        id: ObjectId,
        /// Position of the field.
        field: usize,
        /// New value.
        to: Value,
    },
    /// Permanent removal of a document, also of a soft-deleted one.
    Remove {
        /// Collection.
        declaration: &'static Declaration,
        /// Id of the document.
        id: ObjectId,
        /// Whether the precondition fails if the document does not exist.
        required: bool,
    },
    /// Permanent removal of the first documents of an index range, soft-deleted and expired ones
    /// included. Emits no change events.
    RemoveRange {
        /// Collection.
        declaration: &'static Declaration,
        /// Range of the index.
        span: IndexRange,
        /// Maximum number of documents, in index order.
        limit: usize,
    },
}

impl Write {
    /// Returns the collection that is written.
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

/// Precondition of an update, in addition to the existence of the document.
#[derive(Debug, Clone, PartialEq)]
pub enum Expect {
    /// No further condition.
    Present,
    /// The document has this version.
    Version(i64),
    /// The field at this position has this value; `None` is absent.
    Field(usize, Option<Value>),
}

/// Effect of an update on the deletion mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// Leaves the mark as it is; a soft-deleted document counts as missing.
    Keep,
    /// Sets the mark, with the id of the user who deleted the document, if any.
    Mark(Option<ObjectId>),
    /// Removes the mark; the document may or may not be deleted.
    Clear,
}

/// New values for fields of a `C`.
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
    /// Creates an empty set of changes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the field to this value.
    #[must_use]
    pub fn set<T: FieldType>(self, column: Column<C, T>, value: T) -> Self {
        self.put(column, Some(value))
    }

    /// Sets the field to this value, or makes it absent if the value is `None`.
    #[must_use]
    pub fn put<T: FieldType>(mut self, column: Column<C, T>, value: Option<T>) -> Self {
        self.fields
            .push((column.name, value.and_then(|value| value.store())));
        self
    }

    /// Makes the field absent.
    #[must_use]
    pub fn clear<T: FieldType>(self, column: Column<C, T>) -> Self {
        self.put(column, None)
    }

    /// Sets the field to the time of the log record that is written in the same commit.
    #[must_use]
    pub fn set_time(mut self, column: Column<C, Timestamp>) -> Self {
        self.fields.push((column.name, Some(Value::AssignedTime)));
        self
    }

    /// Returns whether there are no changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    fn positions(self) -> Vec<(usize, Option<Value>)> {
        let place = |(name, value)| Some((C::DECLARATION.position(name)?, value));
        self.fields.into_iter().filter_map(place).collect()
    }
}

/// Update under construction: changes, precondition, and whether version and `updated_at` change.
#[derive(Debug, Clone)]
pub struct Update<C> {
    pub(crate) expect: Expect,
    pub(crate) touch: bool,
    pub(crate) deletion: Deletion,
    pub(crate) changes: Changes<C>,
}

impl<C: Collection> Update<C> {
    /// Creates an update that applies these changes if the document exists.
    #[must_use]
    pub fn of(changes: Changes<C>) -> Self {
        Self {
            expect: Expect::Present,
            touch: true,
            deletion: Deletion::Keep,
            changes,
        }
    }

    /// Requires the document to have this version.
    #[must_use]
    pub fn expecting_version(mut self, version: i64) -> Self {
        self.expect = Expect::Version(version);
        self
    }

    /// Requires the field to have this value; `None` is absent.
    #[must_use]
    pub fn expecting<T: FieldType>(mut self, column: Column<C, T>, value: Option<T>) -> Self {
        if let Some(position) = C::DECLARATION.position(column.name) {
            self.expect = Expect::Field(position, value.and_then(|value| value.store()));
        }
        self
    }

    /// Leaves version and `updated_at` unchanged.
    #[must_use]
    pub const fn quietly(mut self) -> Self {
        self.touch = false;
        self
    }

    /// Marks the document as deleted by this user.
    #[must_use]
    pub fn deleting(mut self, by: Option<ObjectId>) -> Self {
        self.deletion = Deletion::Mark(by);
        self
    }

    /// Removes the deletion mark, if there is one.
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

    /// Returns the time of the batch, which its documents get as `created_at` and `updated_at`.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Returns the number of writes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.writes.len()
    }

    /// Returns whether there are no writes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Adds a new document with a generated id and returns it.
    pub fn insert<C: Collection<Partition = P>>(&mut self, doc: C) -> Entity<C> {
        let id = self.context.new_id();
        self.insert_as(id, doc)
    }

    /// Adds a new document with an id that was generated before, and returns it.
    pub fn insert_as<C: Collection<Partition = P>>(&mut self, id: Id<C>, doc: C) -> Entity<C> {
        let entity = self.entity(id, doc);
        self.writes.push(Write::Insert {
            declaration: C::DECLARATION,
            row: Arc::new(entity.to_row()),
        });
        entity
    }

    /// Updates a document.
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

    /// Inserts a document, or updates the existing one with the same key in `index`.
    ///
    /// The fields of the index must all be present in `doc`. In an existing document, the fields in
    /// `set` are overwritten and those in `raise` are raised. The change event of a watched
    /// collection contains the given document under a new id.
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

    /// Adds `by` to a number of a document, up to `bound`; if `by` is negative, down to `bound`.
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

    /// Raises a number or time of a document to `to`, unless it is already greater.
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

    /// Removes a document permanently.
    ///
    /// If `required`, the commit fails when the document does not exist.
    pub fn remove<C: Collection<Partition = P>>(&mut self, id: Id<C>, required: bool) {
        self.writes.push(Write::Remove {
            declaration: C::DECLARATION,
            id: id.object_id(),
            required,
        });
    }

    /// Removes the first documents that match a query permanently, at most its limit.
    ///
    /// Starts at the beginning of the range and includes soft-deleted and expired documents. Emits
    /// no change events.
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
