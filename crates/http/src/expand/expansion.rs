use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use base::Result;
use domain::tenants::Scope;
use domain::users::{self, UserSummary};
use domain::{preferences, profiles};
use store::Entity;
use wire::{Includes, Preferences, Profile, User, UserId, WithIncludes};

use super::Expand;
use crate::api::Api;
use crate::extract::Caller;

/// What was asked for of each user of an answer.
type Expansion = HashMap<UserId, Includes>;

impl Api {
    /// An object of a user with what is wanted beside it.
    ///
    /// # Errors
    /// 403 `forbidden` where preferences are not the caller's to read, or
    /// `scope_missing` for a key that may not read users, 503.
    pub(crate) async fn expanded<T>(
        &self,
        caller: &Caller,
        expand: Expand,
        user: UserId,
        object: T,
    ) -> Result<WithIncludes<T>> {
        let beside = self
            .beside(caller, expand, HashSet::from([user]))
            .await?
            .remove(&user)
            .unwrap_or_default();
        Ok(WithIncludes { object, beside })
    }

    /// The entries of a page with what is wanted beside each: one statement
    /// for each level, however many users there are. A deleted user is shown
    /// without profile and preferences.
    ///
    /// # Errors
    /// 403 `forbidden` where preferences are not the caller's to read, 503.
    pub(crate) async fn expanded_page<C, T>(
        &self,
        caller: &Caller,
        expand: Expand,
        entries: &[Entity<C>],
        whose: fn(&C) -> Option<UserId>,
        shown: fn(&Entity<C>) -> Result<T>,
    ) -> Result<Vec<WithIncludes<T>>> {
        let users = entries
            .iter()
            .filter_map(|entry| whose(&entry.doc))
            .collect();
        let expansion = self.beside(caller, expand, users).await?;
        let beside =
            |entry: &Entity<C>| whose(&entry.doc).and_then(|user| expansion.get(&user).cloned());
        entries
            .iter()
            .map(|entry| {
                Ok(WithIncludes {
                    object: shown(entry)?,
                    beside: beside(entry).unwrap_or_default(),
                })
            })
            .collect()
    }

    async fn beside(
        &self,
        caller: &Caller,
        expand: Expand,
        users: HashSet<UserId>,
    ) -> Result<Expansion> {
        let mut expansion = Expansion::new();
        if expand == Expand::default() {
            return Ok(expansion);
        }
        caller.require(Scope::UsersRead)?;
        let mut cards: HashMap<UserId, Arc<UserSummary>> = HashMap::new();
        if expand.user {
            let users: Vec<UserId> = users.into_iter().collect();
            for user in caller
                .tenant
                .get_many_with_deleted::<users::User>(&users)
                .await?
            {
                let shown = User::of(&user, caller.actor.into())?;
                expansion.entry(user.id).or_default().user = Some(Arc::new(shown));
                cards.insert(user.id, Arc::new(UserSummary::from(&user)));
            }
        } else {
            cards = self.cards().of(&caller.tenant, users).await?;
        }
        cards.retain(|_, card| !card.is_deleted);
        add_companions(caller, expand, &cards, &mut expansion).await?;
        Ok(expansion)
    }
}

async fn add_companions(
    caller: &Caller,
    expand: Expand,
    cards: &HashMap<UserId, Arc<UserSummary>>,
    expansion: &mut Expansion,
) -> Result<()> {
    let users: Vec<UserId> = cards.keys().copied().collect();
    if expand.profile {
        for (id, profile) in profiles::get_many(&caller.tenant, &users).await? {
            let shown = cards
                .get(&id)
                .map(|card| Profile::of(&profile, card, caller.actor.into()))
                .transpose()?;
            expansion.entry(id).or_default().profile = shown.map(Arc::new);
        }
    }
    if expand.preferences {
        for (id, preferences) in preferences::get_many(&caller.tenant, caller.actor, &users).await?
        {
            expansion.entry(id).or_default().preferences =
                Some(Arc::new(Preferences::of(&preferences)));
        }
    }
    Ok(())
}
