use std::marker::PhantomData;
use std::ops::Bound;

use base::{Direction, ObjectId, PageSize};

use crate::collection::{Collection, Column, Entity};
use crate::declaration::{FieldDecl, IndexDecl};
use crate::field::FieldType;
use crate::value::Value;

/// Query over one declared index: equal values for its first fields, then at most one range or list
/// of values for the next, in index order.
#[derive(Debug, Clone)]
pub struct Query<C> {
    pub(crate) span: IndexRange,
    pub(crate) direction: Direction,
    pub(crate) limit: usize,
    pub(crate) after: Option<Position>,
    pub(crate) deleted: bool,
    /// Misuse of the index; reported when the query is executed.
    pub(crate) misuse: Option<&'static str>,
    marker: PhantomData<fn() -> C>,
}

/// Range of keys of one index.
#[derive(Debug, Clone)]
pub struct IndexRange {
    pub(crate) index: &'static IndexDecl,
    pub(crate) prefix: Vec<Value>,
    pub(crate) range: Range,
}

impl IndexRange {
    /// Returns the index.
    #[must_use]
    pub const fn index(&self) -> &'static IndexDecl {
        self.index
    }

    /// Returns the equal values of the first fields of the index.
    #[must_use]
    pub fn prefix(&self) -> &[Value] {
        &self.prefix
    }

    /// Returns the condition on the field after the prefix.
    #[must_use]
    pub const fn range(&self) -> &Range {
        &self.range
    }
}

/// Condition on the index field after the equal ones.
#[derive(Debug, Clone, PartialEq)]
pub enum Range {
    /// Any value, absent included.
    All,
    /// Between two bounds; an absent value does not match.
    Between(Bound<Value>, Bound<Value>),
    /// One of these values, each listed at most once.
    OneOf(Vec<Value>),
}

/// End of a page: the rest of the key after the equal fields, then the id.
#[derive(Debug, Clone, PartialEq)]
pub struct Position {
    /// Values of the index fields after the equal ones; `None` is absent.
    pub rest: Vec<Option<Value>>,
    /// Id of the last document.
    pub id: ObjectId,
}

/// Page of documents in index order.
#[derive(Debug, Clone)]
pub struct Page<C> {
    /// Documents of the page.
    pub items: Vec<Entity<C>>,
    /// Position from which to continue; `None` if there are no more documents.
    pub next: Option<Position>,
    /// Position from which to continue in the other direction; `None` on a first page.
    pub prev: Option<Position>,
}

impl<C: Collection> Query<C> {
    pub(crate) fn new(index: &'static IndexDecl) -> Self {
        Self {
            span: IndexRange {
                index,
                prefix: Vec::new(),
                range: Range::All,
            },
            direction: Direction::Forward,
            limit: PageSize::default().get(),
            after: None,
            deleted: false,
            misuse: None,
            marker: PhantomData,
        }
    }

    /// Returns the range of the index.
    #[must_use]
    pub const fn index_range(&self) -> &IndexRange {
        &self.span
    }

    /// Requires the next field of the index to have this value.
    #[must_use]
    pub fn eq<T: FieldType>(mut self, column: Column<C, T>, value: T) -> Self {
        self.expect_next(column.name);
        match value.store() {
            Some(value) => self.span.prefix.push(value),
            None => self.misuse = Some("a query for an absent value matches nothing"),
        }
        self
    }

    /// Requires the next field of the index to be within the bounds.
    #[must_use]
    pub fn between<T: FieldType>(
        mut self,
        column: Column<C, T>,
        from: Bound<T>,
        to: Bound<T>,
    ) -> Self {
        self.expect_next(column.name);
        self.span.range = Range::Between(stored(&from), stored(&to));
        self
    }

    /// Requires the next field of the index to be greater.
    #[must_use]
    pub fn above<T: FieldType>(self, column: Column<C, T>, value: T) -> Self {
        self.between(column, Bound::Excluded(value), Bound::Unbounded)
    }

    /// Requires the next field of the index to be smaller.
    #[must_use]
    pub fn below<T: FieldType>(self, column: Column<C, T>, value: T) -> Self {
        self.between(column, Bound::Unbounded, Bound::Excluded(value))
    }

    /// Requires the next field of the index to have one of these values.
    #[must_use]
    pub fn one_of<T: FieldType>(
        mut self,
        column: Column<C, T>,
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        self.expect_next(column.name);
        let mut kept: Vec<Value> = Vec::new();
        for value in values.into_iter().filter_map(|value| value.store()) {
            if !kept.contains(&value) {
                kept.push(value);
            }
        }
        self.span.range = Range::OneOf(kept);
        self
    }

    /// Returns documents in reverse index order.
    #[must_use]
    pub const fn backward(mut self) -> Self {
        self.direction = Direction::Backward;
        self
    }

    /// Sets the direction.
    #[must_use]
    pub const fn towards(mut self, direction: Direction) -> Self {
        self.direction = direction;
        self
    }

    /// Sets the maximum number of documents.
    #[must_use]
    pub const fn limit(mut self, documents: usize) -> Self {
        self.limit = documents;
        self
    }

    /// Continues after the position.
    #[must_use]
    pub fn after(mut self, position: Option<Position>) -> Self {
        self.after = position;
        self
    }

    /// Includes soft-deleted documents.
    #[must_use]
    pub const fn with_deleted(mut self) -> Self {
        self.deleted = true;
        self
    }

    /// Returns the declaration of a field that is part of the index.
    pub(crate) fn held(&self, name: &str) -> Result<&'static FieldDecl, Misuse> {
        let held = self
            .span
            .index
            .fields
            .contains(&name)
            .then(|| C::DECLARATION.field(name))
            .flatten();
        held.ok_or(Misuse(
            "the field is not part of the index",
            self.span.index.name,
        ))
    }

    /// Returns the declarations of fields that the index alone can provide.
    pub(crate) fn covering(
        &self,
        names: &[&'static str],
    ) -> Result<Vec<&'static FieldDecl>, Misuse> {
        let fields: Vec<_> = names
            .iter()
            .map(|name| self.held(name))
            .collect::<Result<_, _>>()?;
        let misuse = |detail| Err(Misuse(detail, self.span.index.name));
        if fields.iter().any(|field| field.optional) {
            return misuse("an optional field cannot be read from the index");
        }
        if C::DECLARATION.soft_delete || C::DECLARATION.expires.is_some() {
            return misuse("a collection with soft delete or expiry cannot be read from the index");
        }
        Ok(fields)
    }

    /// Returns the misuse of the index, if any.
    pub(crate) fn misuse(&self) -> Option<Misuse> {
        self.misuse
            .map(|detail| Misuse(detail, self.span.index.name))
    }

    fn expect_next(&mut self, column: &'static str) {
        if self.span.range != Range::All {
            self.misuse = Some("no condition may follow a range");
        } else if self.span.index.fields.get(self.span.prefix.len()) != Some(&column) {
            self.misuse = Some("the field is not the next one of the index");
        }
    }
}

/// Error of a query that its index cannot serve.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("{0} (index {1})")]
pub(crate) struct Misuse(&'static str, &'static str);

fn stored<T: FieldType>(bound: &Bound<T>) -> Bound<Value> {
    let kept =
        |value: &T, wrap: fn(Value) -> Bound<Value>| value.store().map_or(Bound::Unbounded, wrap);
    match bound {
        Bound::Included(value) => kept(value, Bound::Included),
        Bound::Excluded(value) => kept(value, Bound::Excluded),
        Bound::Unbounded => Bound::Unbounded,
    }
}
