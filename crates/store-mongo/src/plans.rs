//! Records the plan of every statement shape, for the plan check.

use mongodb::Database;
use mongodb::bson::Document;
use store::Declaration;

/// Where plans go, and the shapes recorded already.
#[derive(Debug)]
pub(crate) struct Plans {}

impl Plans {
    pub(crate) fn from_environment() -> Option<Self> {
        None
    }
    pub(crate) async fn record(&self, _database: &Database, _declaration: &Declaration, _command: Document) {}
}
