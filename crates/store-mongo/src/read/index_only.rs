use mongodb::bson::{Document, RawDocument};
use store::statement::Covered;
use store::{FieldDecl, ReadError, Value};

use super::bounds::filter;
use super::find::Find;
use crate::MongoEngine;
use crate::document::{self, Strange};

impl MongoEngine {
    /// Returns fields from the index alone: the projection contains nothing else, so the server
    /// fetches no documents.
    pub(crate) async fn covered_fields(
        &self,
        covered: Covered,
    ) -> Result<Vec<Vec<Value>>, ReadError> {
        let target = covered.target();
        let declaration = covered.target().declaration();
        let shown = covered
            .fields()
            .iter()
            .map(|field| (field.name, 1))
            .chain([("_id", 0)]);
        let find = Find {
            filter: filter(declaration, target.tenant(), covered.span())
                .map_err(ReadError::Broken)?,
            hint: covered.span().index().name,
            limit: *covered.limit(),
            projection: Some(
                shown
                    .map(|(name, shown)| (name.to_owned(), shown.into()))
                    .collect::<Document>(),
            ),
            ..Find::default()
        };
        let read = |document: &RawDocument| {
            let value = |field: &&'static FieldDecl| {
                let found = document::field(declaration, field, document, field.name)?;
                found.ok_or_else(|| Strange::nothing(declaration, field.name))
            };
            covered.fields().iter().map(value).collect()
        };
        self.find(target.partition(), declaration, find, read).await
    }
}
