use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use base::Result;
use domain::users::{self, Card};
use domain::{preferences, profiles};
use wire::{Beside, Expanded, Preferences, Profile, User, UserId};

use super::Expand;
use crate::api::Api;
use crate::extract::Caller;

/// What was asked for of each user of an answer.
#[derive(Debug, Default)]
pub(crate) struct Expansion(HashMap<UserId, Beside>);

impl Api {
    /// Reads what is wanted of the users of an answer: one statement for each
    /// level, however many users there are. A deleted user is shown without
    /// profile and preferences.
    ///
    /// # Errors
    /// 403 `forbidden` where preferences are not the caller's to read, 503.
    pub(crate) async fn expand(
        &self,
        caller: &Caller,
        expand: Expand,
        users: impl IntoIterator<Item = UserId>,
    ) -> Result<Expansion> {
        let ids: HashSet<UserId> = users.into_iter().collect();
        let mut beside: HashMap<UserId, Beside> = ids.iter().map(|id| (*id, Beside::default())).collect();
        if expand.user {
            let ids: Vec<UserId> = ids.iter().copied().collect();
            for user in caller.tenant.get_many_with_deleted::<users::User>(&ids).await? {
                let shown = Arc::new(User::of(&user, caller.actor.into())?);
                beside.entry(user.id).or_default().user = Some(shown);
            }
        }
        if expand.profile || expand.preferences {
            let mut cards = self.cards().of(&caller.tenant, ids).await?;
            cards.retain(|_, card| !card.is_deleted);
            self.companions(caller, expand, &cards, &mut beside).await?;
        }
        Ok(Expansion(beside))
    }

    async fn companions(
        &self,
        caller: &Caller,
        expand: Expand,
        cards: &HashMap<UserId, Arc<Card>>,
        beside: &mut HashMap<UserId, Beside>,
    ) -> Result<()> {
        let there: Vec<UserId> = cards.keys().copied().collect();
        if expand.profile {
            let found = profiles::get_many(&caller.tenant, &there).await?;
            for (id, card) in cards {
                let shown = found.get(id).map(|profile| Profile::of(profile, card, caller.actor.into())).transpose()?;
                beside.entry(*id).or_default().profile = shown.map(Arc::new);
            }
        }
        if expand.preferences {
            for (id, found) in preferences::get_many(&caller.tenant, caller.actor, &there).await? {
                beside.entry(id).or_default().preferences = Some(Arc::new(Preferences::of(&found)));
            }
        }
        Ok(())
    }
}

impl Expansion {
    /// An object of a user with what was asked for.
    pub(crate) fn around<T>(&self, user: UserId, object: T) -> Expanded<T> {
        Expanded { object, beside: self.0.get(&user).cloned().unwrap_or_default() }
    }
}
