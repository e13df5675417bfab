use base::ObjectId;

use super::PersonalDecl;
use crate::collection::Row;
use crate::declaration::{Declaration, IndexDecl};
use crate::query::{IndexRange, Position, Range};
use crate::value::Value;

/// What one collection says of one of its fields.
#[derive(Clone, Copy, Debug)]
pub struct PersonalLine {
    pub(super) declaration: &'static Declaration,
    pub(super) said: &'static PersonalDecl,
}

impl PersonalLine {
    /// Every line of a catalogue, in its order.
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

    /// The collection.
    #[must_use]
    pub const fn declaration(&self) -> &'static Declaration {
        self.declaration
    }

    /// What it says.
    #[must_use]
    pub const fn said(&self) -> &'static PersonalDecl {
        self.said
    }

    /// Whether it is its collection's first line, which says whose the
    /// documents are; those found by a further one only mention the person.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.declaration
            .personal
            .first()
            .is_some_and(|first| first.field == self.said.field)
    }

    /// Whether the person's documents can be found by it.
    #[must_use]
    pub fn finds(&self) -> bool {
        self.said.index.is_some() || self.said.field == "_id"
    }

    pub(super) fn index(&self) -> Option<&'static IndexDecl> {
        self.declaration.index(self.said.index?)
    }

    /// The documents of a person.
    pub(super) fn span(&self, person: ObjectId) -> Option<IndexRange> {
        Some(IndexRange {
            index: self.index()?,
            prefix: vec![Value::Id(person)],
            range: Range::All,
        })
    }

    /// Where a document of a person stands among them.
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
