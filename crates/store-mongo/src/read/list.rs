use base::Direction;
use mongodb::bson::Document;
use store::statement::List;
use store::{Declaration, IndexDecl, ReadError, Row};

use super::bounds::{edges, filter, visible};
use super::find::Find;
use super::row;
use crate::MongoEngine;

impl MongoEngine {
    pub(crate) async fn list_rows(&self, list: List) -> Result<Vec<Row>, ReadError> {
        let (target, declaration) = (list.target(), list.target().declaration());
        let index = list.span().index();
        let mut filter = filter(declaration, target.tenant(), list.span()).map_err(ReadError::Broken)?;
        visible(&mut filter, declaration, *list.deleted(), *list.now());
        let after = list.after().as_ref();
        let edges = after.map(|after| edges(declaration, target.tenant(), list.span(), *list.direction(), after));
        let find = Find {
            filter,
            hint: index.name,
            sort: Some(sort(declaration, index, *list.direction())),
            edges: edges.transpose().map_err(ReadError::Broken)?,
            limit: *list.limit(),
            projection: None,
            newest: *list.newest(),
        };
        self.find(target.place(), declaration, find, row(declaration)).await
    }
}

/// The order of an index, or its reverse.
pub(crate) fn sort(declaration: &'static Declaration, index: &'static IndexDecl, direction: Direction) -> Document {
    let towards = match direction {
        Direction::Forward => 1,
        Direction::Backward => -1,
    };
    declaration.key_of(index).map(|field| (field.to_owned(), towards.into())).collect()
}
