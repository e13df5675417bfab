use std::collections::HashMap;
use std::sync::Arc;

use crate::{UserId, UserSummary};

/// User summaries of a page or an event, by id.
#[derive(Debug, Clone, Default)]
pub struct UserMap(HashMap<UserId, Arc<UserSummary>>);

impl UserMap {
    /// Returns the summary of a user, or only the id if the user is unknown.
    #[must_use]
    pub fn summary(&self, id: UserId) -> Arc<UserSummary> {
        let bare = || {
            Arc::new(UserSummary {
                id,
                external_id: None,
                display_name: None,
                avatar_url: None,
            })
        };
        self.0.get(&id).cloned().unwrap_or_else(bare)
    }
}

impl FromIterator<UserSummary> for UserMap {
    fn from_iter<I: IntoIterator<Item = UserSummary>>(summaries: I) -> Self {
        Self(
            summaries
                .into_iter()
                .map(|summary| (summary.id, Arc::new(summary)))
                .collect(),
        )
    }
}
