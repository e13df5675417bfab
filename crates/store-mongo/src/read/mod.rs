//! The reads: each a single command over one declared index.

pub(crate) mod bounds;
mod count;
mod due;
mod find;
mod get;
mod heads;
pub(crate) mod list;
mod list_each;
mod tally;

use std::sync::Arc;

use mongodb::bson::Document;
use store::{Declaration, ReadError, Row};

pub(crate) use find::{Find, number, whole};

fn rows(declaration: &'static Declaration, documents: Vec<Document>) -> Result<Vec<Row>, ReadError> {
    let row = |document| crate::document::to_row(declaration, document);
    documents.into_iter().map(row).collect::<Result<_, _>>().map_err(|strange| ReadError::Broken(Arc::new(strange)))
}
