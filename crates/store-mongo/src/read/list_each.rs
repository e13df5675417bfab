use mongodb::bson::{Document, doc};
use store::statement::ListEach;
use store::{Cause, ReadError, Row};

use super::bounds::{filter, visible};
use super::find::Find;
use super::row;
use crate::MongoEngine;

impl MongoEngine {
    /// Lists several ranges; each is a clause with its own bounds on the index.
    pub(crate) async fn list_spans(&self, list: ListEach) -> Result<Vec<Row>, ReadError> {
        let target = list.target();
        let declaration = list.target().declaration();
        let Some(first) = list.spans().first() else {
            return Ok(Vec::new());
        };
        let clause = |span| {
            let mut clause = filter(declaration, target.tenant(), span)?;
            visible(&mut clause, declaration, *list.deleted(), *list.now());
            Ok(clause)
        };
        let clauses = list
            .spans()
            .iter()
            .map(clause)
            .collect::<Result<Vec<Document>, Cause>>();
        let filter = doc! { "$or": clauses.map_err(ReadError::Broken)? };
        let find = Find {
            filter,
            hint: first.index().name,
            limit: *list.limit(),
            ..Find::default()
        };
        self.find(target.partition(), declaration, find, row(declaration))
            .await
    }
}
