use std::marker::PhantomData;
use std::ops::Bound;

use base::{Direction, ObjectId, PageSize};

use crate::collection::{Collection, Column, Entity};
use crate::declaration::{FieldDecl, IndexDecl};
use crate::field::FieldType;
use crate::value::Value;

/// A question over one declared index: equal values for its first fields, then
/// at most one range or list of values for the next, in index order.
#[derive(Debug, Clone)]
pub struct Query<C> {
    pub(crate) span: IndexRange,
    pub(crate) direction: Direction,
    pub(crate) limit: usize,
    pub(crate) after: Option<Position>,
    pub(crate) deleted: bool,
    /// The first misuse, told when the question is asked.
    pub(crate) misuse: Option<&'static str>,
    marker: PhantomData<fn() -> C>,
}

/// A run of keys of one index.
#[derive(Debug, Clone)]
pub struct IndexRange {
    pub(crate) index: &'static IndexDecl,
    pub(crate) prefix: Vec<Value>,
    pub(crate) range: Range,
}

impl IndexRange {
    /// The index.
    #[must_use]
    pub const fn index(&self) -> &'static IndexDecl {
        self.index
    }

    /// Equal values for the first fields of the index.
    #[must_use]
    pub fn prefix(&self) -> &[Value] {
        &self.prefix
    }

    /// What holds for the field after the prefix.
    #[must_use]
    pub const fn range(&self) -> &Range {
        &self.range
    }
}

/// What holds for the field after the equal ones.
#[derive(Debug, Clone, PartialEq)]
pub enum Range {
    /// Anything, absent included.
    All,
    /// Between two bounds; absent is outside.
    Between(Bound<Value>, Bound<Value>),
    /// One of these values, each at most once.
    OneOf(Vec<Value>),
}

/// Where a page ended: the rest of the key after the equal fields, then the id.
#[derive(Debug, Clone, PartialEq)]
pub struct Position {
    /// The values of the index fields after the equal ones; `None` is absent.
    pub rest: Vec<Option<Value>>,
    /// The id of the last document.
    pub id: ObjectId,
}

/// A page of documents in index order.
#[derive(Debug, Clone)]
pub struct Page<C> {
    /// The documents.
    pub items: Vec<Entity<C>>,
    /// Where to go on; `None` when there is nothing more.
    pub next: Option<Position>,
    /// Where to go on in the other direction; `None` on a first page.
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

    /// The next field of the index has this value.
    #[must_use]
    pub fn eq<T: FieldType>(mut self, column: Column<C, T>, value: T) -> Self {
        self.expect_next(column.name);
        match value.store() {
            Some(value) => self.span.prefix.push(value),
            None => self.misuse = Some("an absent value equals nothing"),
        }
        self
    }

    /// The next field of the index lies between the bounds.
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

    /// The next field of the index is greater.
    #[must_use]
    pub fn above<T: FieldType>(self, column: Column<C, T>, value: T) -> Self {
        self.between(column, Bound::Excluded(value), Bound::Unbounded)
    }

    /// The next field of the index is smaller.
    #[must_use]
    pub fn below<T: FieldType>(self, column: Column<C, T>, value: T) -> Self {
        self.between(column, Bound::Unbounded, Bound::Excluded(value))
    }

    /// The next field of the index is one of these values.
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

    /// Against index order.
    #[must_use]
    pub const fn backward(mut self) -> Self {
        self.direction = Direction::Backward;
        self
    }

    /// In this direction.
    #[must_use]
    pub const fn towards(mut self, direction: Direction) -> Self {
        self.direction = direction;
        self
    }

    /// At most this many documents.
    #[must_use]
    pub const fn limit(mut self, documents: usize) -> Self {
        self.limit = documents;
        self
    }

    /// Goes on behind the position.
    #[must_use]
    pub fn after(mut self, position: Option<Position>) -> Self {
        self.after = position;
        self
    }

    /// Softly deleted documents too.
    #[must_use]
    pub const fn with_deleted(mut self) -> Self {
        self.deleted = true;
        self
    }

    /// The declaration of a field that stands in the index.
    pub(crate) fn held(&self, name: &str) -> Result<&'static FieldDecl, Misuse> {
        let held = self
            .span
            .index
            .fields
            .contains(&name)
            .then(|| C::DECLARATION.field(name))
            .flatten();
        held.ok_or(Misuse(
            "the field does not stand in the index",
            self.span.index.name,
        ))
    }

    /// The declarations of fields by which the keys of the index can stand for
    /// their documents.
    pub(crate) fn covering(
        &self,
        names: &[&'static str],
    ) -> Result<Vec<&'static FieldDecl>, Misuse> {
        let fields: Vec<_> = names
            .iter()
            .map(|name| self.held(name))
            .collect::<Result<_, _>>()?;
        let misuse = |told| Err(Misuse(told, self.span.index.name));
        if fields.iter().any(|field| field.optional) {
            return misuse("a field that may be absent is told by the document only");
        }
        if C::DECLARATION.soft_delete || C::DECLARATION.expires.is_some() {
            return misuse("only a document says whether it is deleted or has expired");
        }
        Ok(fields)
    }

    /// What is wrong with the question, if anything.
    pub(crate) fn misuse(&self) -> Option<Misuse> {
        self.misuse.map(|told| Misuse(told, self.span.index.name))
    }

    fn expect_next(&mut self, column: &'static str) {
        if self.span.range != Range::All {
            self.misuse = Some("a range ends the question");
        } else if self.span.index.fields.get(self.span.prefix.len()) != Some(&column) {
            self.misuse = Some("the field is not the next one of the index");
        }
    }
}

/// Says that the code asked an index what it cannot answer.
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
