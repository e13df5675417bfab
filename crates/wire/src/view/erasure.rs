use domain::erasure as rooms;
use store::Entity;

use crate::{ErasedDocuments, Erasure, ErasureStage, ErasureStatus};

impl Erasure {
    /// An erasure with its report.
    #[must_use]
    pub fn of(erasure: &Entity<rooms::Erasure>) -> Self {
        let counted = |(collection, went): (&String, &rooms::ErasedDocuments)| ErasedDocuments {
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

const fn status(status: rooms::ErasureStatus) -> ErasureStatus {
    match status {
        rooms::ErasureStatus::Running => ErasureStatus::Running,
        rooms::ErasureStatus::Held => ErasureStatus::Held,
        rooms::ErasureStatus::Done => ErasureStatus::Done,
    }
}

const fn stage(stage: rooms::Stage) -> ErasureStage {
    match stage {
        rooms::Stage::Reactions => ErasureStage::Reactions,
        rooms::Stage::Memberships => ErasureStage::Memberships,
        rooms::Stage::Documents => ErasureStage::Documents,
        rooms::Stage::Conversations => ErasureStage::Conversations,
        rooms::Stage::Check => ErasureStage::Check,
        rooms::Stage::Counts => ErasureStage::Counts,
        rooms::Stage::User => ErasureStage::User,
    }
}
