use base::{Id, TenantId, Timestamp};
use serde::Serialize;

use crate::users::User;

/// What an archive holds: its last file. Without it an archive was cut short.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Manifest {
    /// Whose user it is.
    pub(super) tenant_id: TenantId,
    /// Whom the archive is about.
    pub(super) user_id: Id<User>,
    /// When it was begun.
    pub(super) created_at: Timestamp,
    /// The other files in their order.
    pub(super) files: Vec<File>,
}

/// A file of documents, one of them a line.
#[derive(Debug, Clone, Serialize)]
pub(super) struct File {
    /// Its name in the archive.
    pub(super) name: String,
    /// The collection.
    pub(super) collection: &'static str,
    /// The field in which the documents name the user.
    pub(super) field: &'static str,
    /// What the collection holds.
    pub(super) meaning: &'static str,
    /// How many documents there are.
    pub(super) documents: usize,
}
