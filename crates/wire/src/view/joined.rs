use std::collections::HashMap;
use std::sync::Arc;

use crate::{UserCard, UserId};

/// The users that a page or an event shows, by their ids.
#[derive(Debug, Clone, Default)]
pub struct Joined(HashMap<UserId, Arc<UserCard>>);

impl Joined {
    /// The card of a user; the id alone when nothing more is known.
    #[must_use]
    pub fn card(&self, id: UserId) -> Arc<UserCard> {
        let bare = || {
            Arc::new(UserCard {
                id,
                external_id: None,
                display_name: None,
                avatar_url: None,
            })
        };
        self.0.get(&id).cloned().unwrap_or_else(bare)
    }
}

impl FromIterator<UserCard> for Joined {
    fn from_iter<I: IntoIterator<Item = UserCard>>(cards: I) -> Self {
        Self(
            cards
                .into_iter()
                .map(|card| (card.id, Arc::new(card)))
                .collect(),
        )
    }
}
