use base::{Id, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{UserId, schema};

/// The id of an erasure.
pub type ErasureId = Id<domain::erasure::Erasure>;

/// The complete deletion of a user.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Erasure {
    /// The id.
    #[schema(value_type = schema::Id)]
    pub id: ErasureId,
    /// Whom it erases; the id names nobody when it is done.
    #[schema(value_type = schema::Id)]
    pub user_id: UserId,
    /// How far it has got.
    pub status: ErasureStatus,
    /// What it does at present.
    pub stage: ErasureStage,
    /// What went from which collection.
    pub report: Vec<ErasedDocuments>,
    /// Bounded parts of work done.
    pub steps: i64,
    /// When it was asked for.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
    /// When it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub completed_at: Option<Timestamp>,
}

/// How far an erasure has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErasureStatus {
    /// At work, or about to be.
    Running,
    /// A legal hold keeps all or the rest until it is lifted.
    Held,
    /// Nothing is left but what the report says.
    Done,
}

/// What an erasure does, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErasureStage {
    /// Takes reactions back.
    Reactions,
    /// Ends memberships.
    Memberships,
    /// Removes and wipes documents.
    Documents,
    /// Takes conversations out of the user's past.
    Conversations,
    /// Looks for what came in between.
    Check,
    /// Counts anew what the user's events were counted in.
    Counts,
    /// Removes the user.
    User,
}

/// What went from one collection.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ErasedDocuments {
    /// The collection.
    pub collection: String,
    /// Documents that are gone.
    pub removed: usize,
    /// Documents that stay without what was in them.
    pub wiped: usize,
    /// Documents that a legal hold keeps; the erasure waits until it is lifted.
    pub held: usize,
}
