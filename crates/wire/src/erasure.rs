use crate::UserId;
use crate::schema;
use base::Id;
use base::Timestamp;
use domain::erasure;
use serde::Serialize;
use store::Entity;
use utoipa::ToSchema;

/// Id of an erasure.
pub type ErasureId = Id<domain::erasure::Erasure>;

/// The erasure of a user and of all their data.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Erasure {
    /// Unique id.
    #[schema(value_type = schema::Id)]
    pub id: ErasureId,
    /// The erased user.
    #[schema(value_type = schema::Id)]
    pub user_id: UserId,
    /// Status of the erasure.
    pub status: ErasureStatus,
    /// Current stage.
    pub stage: ErasureStage,
    /// Number of erased documents by collection.
    pub report: Vec<ErasedDocuments>,
    /// Number of completed steps.
    pub steps: i64,
    /// Time of the request.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
    /// Time of completion.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub completed_at: Option<Timestamp>,
}

/// Status of an erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErasureStatus {
    /// In progress or queued.
    Running,
    /// Stopped by a legal hold until it is lifted.
    Held,
    /// Completed.
    Done,
}

/// Stages of an erasure, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErasureStage {
    /// Removes the user's reactions.
    Reactions,
    /// Removes the user from conversations.
    Memberships,
    /// Deletes and redacts documents.
    Documents,
    /// Removes files with their content.
    Files,
    /// Removes conversations from the user's history.
    Conversations,
    /// Checks for data created in the meantime.
    Check,
    /// Recounts analytics that included the user's events.
    Counts,
    /// Deletes the user.
    User,
}

/// Erased documents of one collection.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ErasedDocuments {
    /// The collection.
    pub collection: String,
    /// Number of deleted documents.
    pub removed: usize,
    /// Number of documents whose personal data was redacted.
    pub wiped: usize,
    /// Number of documents kept by a legal hold; the erasure continues when it is lifted.
    pub held: usize,
}

impl Erasure {
    /// Converts a stored erasure with its report.
    #[must_use]
    pub fn of(erasure: &Entity<erasure::Erasure>) -> Self {
        let counted = |(collection, went): (&String, &erasure::ErasedDocuments)| ErasedDocuments {
            collection: collection.clone(),
            removed: went.removed,
            wiped: went.wiped,
            held: went.held,
        };
        Self {
            id: erasure.id,
            user_id: erasure.user_id,
            status: status(erasure.status),
            stage: stage(erasure.stage),
            report: erasure.report.0.iter().map(counted).collect(),
            steps: erasure.steps,
            created_at: erasure.created_at,
            completed_at: erasure.completed_at,
        }
    }
}

const fn status(status: erasure::ErasureStatus) -> ErasureStatus {
    match status {
        erasure::ErasureStatus::Running => ErasureStatus::Running,
        erasure::ErasureStatus::Held => ErasureStatus::Held,
        erasure::ErasureStatus::Done => ErasureStatus::Done,
    }
}

const fn stage(stage: erasure::Stage) -> ErasureStage {
    match stage {
        erasure::Stage::Reactions => ErasureStage::Reactions,
        erasure::Stage::Memberships => ErasureStage::Memberships,
        erasure::Stage::Documents => ErasureStage::Documents,
        erasure::Stage::Files => ErasureStage::Files,
        erasure::Stage::Conversations => ErasureStage::Conversations,
        erasure::Stage::Check => ErasureStage::Check,
        erasure::Stage::Counts => ErasureStage::Counts,
        erasure::Stage::User => ErasureStage::User,
    }
}
