use base::Direction;
use mongodb::bson::{Document, doc};
use store::statement::List;
use store::{Cause, Declaration, IndexDecl, IndexRange, ReadError, Row};

use super::bounds::{edges, filter, visible};
use super::find::Find;
use super::row;
use crate::MongoEngine;

impl MongoEngine {
    pub(crate) async fn list_rows(&self, list: List) -> Result<Vec<Row>, ReadError> {
        let target = list.target();
        let declaration = list.target().declaration();
        let index = list.span().index();
        let (filter, sort) = match list.second() {
            None => (
                clause(&list, list.span()),
                sort(declaration, index, *list.direction()),
            ),
            Some(second) => (
                either(&list, second.span()),
                behind(list.span(), *list.direction()),
            ),
        };
        let after = list.after().as_ref();
        let edges = after.map(|after| {
            edges(
                declaration,
                target.tenant(),
                list.span(),
                *list.direction(),
                after,
            )
        });
        let find = Find {
            filter: filter.map_err(ReadError::Broken)?,
            hint: index.name,
            sort: Some(sort),
            edges: edges.transpose().map_err(ReadError::Broken)?,
            limit: *list.limit(),
            projection: None,
            newest: *list.newest(),
        };
        self.find(target.partition(), declaration, find, row(declaration))
            .await
    }
}

fn clause(list: &List, span: &IndexRange) -> Result<Document, Cause> {
    let target = list.target();
    let mut clause = filter(target.declaration(), target.tenant(), span)?;
    visible(
        &mut clause,
        target.declaration(),
        *list.deleted(),
        *list.now(),
    );
    Ok(clause)
}

/// Returns the filter for the list's range or the additional one. The server merges two scans of
/// the index.
fn either(list: &List, second: &IndexRange) -> Result<Document, Cause> {
    Ok(doc! { "$or": [clause(list, list.span())?, clause(list, second)?] })
}

/// Returns the order of an index, or its reverse.
pub(crate) fn sort(
    declaration: &'static Declaration,
    index: &'static IndexDecl,
    direction: Direction,
) -> Document {
    declaration
        .key_of(index)
        .map(|field| (field.to_owned(), towards(direction).into()))
        .collect()
}

/// Returns the order by the field after the range's equal values, or its reverse.
fn behind(span: &IndexRange, direction: Direction) -> Document {
    let field = span.index().fields.get(span.prefix().len());
    field
        .map(|field| ((*field).to_owned(), towards(direction).into()))
        .into_iter()
        .collect()
}

const fn towards(direction: Direction) -> i32 {
    match direction {
        Direction::Forward => 1,
        Direction::Backward => -1,
    }
}
