use base::{Result, limit};

use super::{ErasureJob, Stage};
use crate::analytics::{Granularity, count_marked, marks_until};

impl ErasureJob {
    /// Counts anew what the user's events were counted in, so that no name
    /// that only they used is left: hours, then days, then months, each as far
    /// as they were marked when it began.
    pub(super) async fn counts(&mut self) -> Result<bool> {
        let at = usize::try_from(self.erasure.line).unwrap_or(usize::MAX);
        let Some(granularity) = Granularity::ALL.get(at) else {
            return self.next_when(true, Stage::User).await;
        };
        let Some(until) = self.erasure.marks_until else {
            // Written down before anything is counted: what is marked too fast to be counted
            // in this moment is counted by a later run, when nobody marks it any more.
            self.erasure.marks_until = Some(marks_until(self.tenant.context().now()));
            return self.next_when(false, Stage::Counts).await;
        };
        if count_marked(&self.tenant, *granularity, until, limit::ERASE_RECORDS).await?
            < limit::ERASE_RECORDS
        {
            (self.erasure.line, self.erasure.marks_until) = (self.erasure.line + 1, None);
        }
        self.next_when(false, Stage::Counts).await
    }
}
