use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base::Context;

use crate::batch::{Batch, Write};
use crate::collection::PlatformData;
use crate::engine::CommitError;
use crate::handle::{Handle, OfPlatform};

/// Writes that are added to the first batch that a handle commits, such as the audit entry of an
/// action.
pub trait Companion: fmt::Debug + Send + Sync {
    /// Adds the writes to `batch`, which is committed together with `writes`.
    fn add(&self, writes: &[Write], batch: &mut Batch<PlatformData>);
}

/// A companion, and whether its writes were committed. Clones of a handle share it.
#[derive(Clone, Debug)]
pub(crate) struct Attached {
    companion: Arc<dyn Companion>,
    is_taken: Arc<AtomicBool>,
}

impl Attached {
    pub(crate) fn new(companion: Arc<dyn Companion>) -> Self {
        Self {
            companion,
            is_taken: Arc::default(),
        }
    }

    /// Adds the companion's writes to those of a batch, unless another commit has them. Returns
    /// whether they were added.
    pub(crate) fn complete(
        attached: Option<&Self>,
        mut writes: Vec<Write>,
        context: &Context,
    ) -> (Vec<Write>, bool) {
        let Some(attached) =
            attached.filter(|attached| !attached.is_taken.swap(true, Ordering::SeqCst))
        else {
            return (writes, false);
        };
        let mut added = Batch::new(context.clone());
        attached.companion.add(&writes, &mut added);
        writes.extend(added.writes);
        (writes, true)
    }

    /// Attaches the companion again after a commit that wrote nothing.
    pub(crate) fn settle(&self, outcome: &Result<(), CommitError>) {
        if !matches!(outcome, Ok(()) | Err(CommitError::OutcomeUnknown(_))) {
            self.is_taken.store(false, Ordering::SeqCst);
        }
    }
}

impl Handle<OfPlatform> {
    /// Returns a handle that adds the companion's writes to the first batch that it commits.
    #[must_use]
    pub fn with_companion(&self, companion: Arc<dyn Companion>) -> Self {
        Self {
            companion: Some(Attached::new(companion)),
            ..self.clone()
        }
    }

    /// Returns a handle without a companion, for writes that precede the action itself.
    #[must_use]
    pub fn without_companion(&self) -> Self {
        Self {
            companion: None,
            ..self.clone()
        }
    }

    /// Creates an empty batch for the platform's collections.
    #[must_use]
    pub fn batch(&self) -> Batch<PlatformData> {
        Batch::new(self.context().clone())
    }
}
