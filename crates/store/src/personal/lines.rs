use base::ObjectId;

use super::PersonalDecl;
use crate::collection::Row;
use crate::declaration::{Declaration, IndexDecl};
use crate::query::{IndexRange, Position, Range};
use crate::value::Value;

/// Declaration of one personal field, with its collection.
#[derive(Clone, Copy, Debug)]
pub struct PersonalLine {
    pub(super) declaration: &'static Declaration,
    pub(super) said: &'static PersonalDecl,
}

impl PersonalLine {
    /// Returns every personal field of a catalogue, in its order.
    #[must_use]
    pub fn of(catalogue: &[&'static Declaration]) -> Vec<Self> {
        let lines = |declaration: &&'static Declaration| {
            let declaration = *declaration;
            declaration
                .personal
                .iter()
                .map(move |said| Self { declaration, said })
        };
        catalogue.iter().flat_map(lines).collect()
    }

    /// Returns the collection.
    #[must_use]
    pub const fn declaration(&self) -> &'static Declaration {
        self.declaration
    }

    /// Returns the declaration of the field.
    #[must_use]
    pub const fn said(&self) -> &'static PersonalDecl {
        self.said
    }

    /// Returns whether this is the first line of its collection.
    ///
    /// The first line identifies the user to whom a document belongs. Documents found by a further
    /// line only mention the user.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.declaration
            .personal
            .first()
            .is_some_and(|first| first.field == self.said.field)
    }

    /// Returns whether the line can find the documents of a user.
    #[must_use]
    pub fn finds(&self) -> bool {
        self.said.index.is_some() || self.said.field == "_id"
    }

    pub(super) fn index(&self) -> Option<&'static IndexDecl> {
        self.declaration.index(self.said.index?)
    }

    /// Returns the index range of a user's documents.
    pub(super) fn span(&self, person: ObjectId) -> Option<IndexRange> {
        Some(IndexRange {
            index: self.index()?,
            prefix: vec![Value::Id(person)],
            range: Range::All,
        })
    }

    /// Returns the position of a document among those of its user.
    pub(super) fn position(&self, row: &Row) -> Option<Position> {
        let rest = self.index()?.fields.iter().skip(1);
        Some(Position {
            rest: rest
                .map(|field| row.field(self.declaration, field))
                .collect(),
            id: row.id,
        })
    }
}
