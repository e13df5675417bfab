//! Reads: each is a single command over one declared index.

pub(crate) mod bounds;
mod count;
mod count_long;
mod count_short;
mod due;
mod find;
mod get;
mod group_count;
mod group_read;
mod heads;
mod index_only;
pub(crate) mod list;
mod list_each;
mod seq_range;
mod timeline_read;

use mongodb::bson::RawDocument;
use store::{Declaration, Row};

use crate::document::{Strange, to_row};

pub(crate) use find::{Find, whole};
pub(crate) use group_read::Reads;

/// Returns the decoder of the collection's documents.
fn row(declaration: &'static Declaration) -> impl Fn(&RawDocument) -> Result<Row, Strange> {
    move |document| to_row(declaration, document)
}
