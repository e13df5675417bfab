//! The `expand` parameter: the user, profile and preferences next to an object
//! of a user.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use base::{Error, Result};
use domain::auth::AuthContext;
use domain::preferences;
use domain::tenants::Scope;
use domain::users::{self, UserSummary};
use store::Entity;
use utoipa::IntoParams;
use wire::{Includes, Preferences, Profile, User, UserId, WithIncludes, strict};

use crate::error::ApiError;
use crate::extract::FromQuery;
use crate::state::AppState;

/// Parts of a user to include next to an object.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Expand {
    /// Whether to include the user.
    pub(crate) user: bool,
    /// Whether to include the profile.
    pub(crate) profile: bool,
    /// Whether to include the preferences.
    pub(crate) preferences: bool,
}

/// Query parameters of a `T`, and `expand`.
#[derive(Debug)]
pub(crate) struct QueryWithExpand<T>(pub(crate) T, pub(crate) Expand);

/// Description of the parameter that [`QueryWithExpand`] reads.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what is read by hand")]
pub(crate) struct ExpandParams {
    /// Parts of the user to include next to each object, separated by commas. `preferences` fails with 403 for another
    /// user's.
    #[param(
        example = "user,profile",
        pattern = "^(user|profile|preferences)(,(user|profile|preferences))*$"
    )]
    expand: Option<String>,
}

impl<T: FromQuery> FromRequestParts<AppState> for QueryWithExpand<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, ApiError> {
        let mut parameters = strict::query(parts.uri.query().unwrap_or_default())?;
        let expand = parameters.remove("expand");
        let expand = expand
            .as_ref()
            .and_then(|text| text.as_str())
            .map_or(Ok(Expand::default()), Expand::parse)?;
        Ok(Self(T::from_query(parameters)?, expand))
    }
}

impl Expand {
    fn parse(text: &str) -> Result<Self> {
        let mut expand = Self::default();
        for part in text.split(',') {
            match part {
                "user" => expand.user = true,
                "profile" => expand.profile = true,
                "preferences" => expand.preferences = true,
                _ => {
                    return Err(Error::invalid(
                        "expand",
                        "Expected a comma-separated list of user, profile and preferences.",
                    ));
                }
            }
        }
        Ok(expand)
    }
}

/// Included objects by user.
type IncludesByUser = HashMap<UserId, Includes>;

impl AppState {
    /// Adds the included parts of a user to an object of theirs.
    ///
    /// # Errors
    /// 403 `forbidden` for preferences that the caller may not read, or
    /// `scope_missing` for a key without `users:read`; 503.
    pub(crate) async fn expanded<T>(
        &self,
        auth: &AuthContext,
        expand: Expand,
        user: UserId,
        object: T,
    ) -> Result<WithIncludes<T>> {
        let includes = self
            .includes(auth, expand, HashSet::from([user]))
            .await?
            .remove(&user)
            .unwrap_or_default();
        Ok(WithIncludes { object, includes })
    }

    /// Adds the included parts of users to the entries of a page, with one
    /// statement for each part. A deleted user has neither profile nor preferences.
    ///
    /// # Errors
    /// 403 `forbidden` for preferences that the caller may not read, or
    /// `scope_missing` for a key without `users:read`; 503.
    pub(crate) async fn expanded_page<C, T>(
        &self,
        auth: &AuthContext,
        expand: Expand,
        entries: &[Entity<C>],
        user_of: fn(&C) -> Option<UserId>,
        convert: fn(&Entity<C>) -> Result<T>,
    ) -> Result<Vec<WithIncludes<T>>> {
        let users = entries
            .iter()
            .filter_map(|entry| user_of(&entry.doc))
            .collect();
        let includes = self.includes(auth, expand, users).await?;
        let includes_of =
            |entry: &Entity<C>| user_of(&entry.doc).and_then(|user| includes.get(&user).cloned());
        entries
            .iter()
            .map(|entry| {
                Ok(WithIncludes {
                    object: convert(entry)?,
                    includes: includes_of(entry).unwrap_or_default(),
                })
            })
            .collect()
    }

    async fn includes(
        &self,
        auth: &AuthContext,
        expand: Expand,
        users: HashSet<UserId>,
    ) -> Result<IncludesByUser> {
        let mut includes = IncludesByUser::new();
        if expand == Expand::default() {
            return Ok(includes);
        }
        auth.require(Scope::UsersRead)?;
        let mut summaries: HashMap<UserId, Arc<UserSummary>> = HashMap::new();
        if expand.user {
            let users: Vec<UserId> = users.into_iter().collect();
            for user in auth
                .tenant
                .get_many_with_deleted::<users::User>(&users)
                .await?
            {
                let user_object = User::of(&user, auth.actor.into())?;
                includes.entry(user.id).or_default().user = Some(Arc::new(user_object));
                summaries.insert(user.id, Arc::new(UserSummary::from(&user)));
            }
        } else {
            summaries = self.user_cache().of(&auth.tenant, users).await?;
        }
        summaries.retain(|_, summary| !summary.is_deleted);
        add_user_data(auth, expand, &summaries, &mut includes).await?;
        Ok(includes)
    }
}

/// Adds profiles and preferences of users.
async fn add_user_data(
    auth: &AuthContext,
    expand: Expand,
    summaries: &HashMap<UserId, Arc<UserSummary>>,
    includes: &mut IncludesByUser,
) -> Result<()> {
    let users: Vec<UserId> = summaries.keys().copied().collect();
    if expand.profile {
        for (id, profile) in users::profile::get_many(&auth.tenant, &users).await? {
            let profile = summaries
                .get(&id)
                .map(|summary| Profile::of(&profile, summary, auth.actor.into()))
                .transpose()?;
            includes.entry(id).or_default().profile = profile.map(Arc::new);
        }
    }
    if expand.preferences {
        for (id, preferences) in preferences::get_many(&auth.tenant, auth.actor, &users).await? {
            let preferences = Arc::new(Preferences::of(&preferences));
            includes.entry(id).or_default().preferences = Some(preferences);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_part_is_rejected() {
        let both = Expand {
            user: true,
            profile: true,
            preferences: false,
        };
        assert_eq!(Expand::parse("profile,user").unwrap(), both);
        for invalid in ["", "user,", "password", "user profile"] {
            let error = Expand::parse(invalid).unwrap_err();
            assert_eq!(error.faults[0].pointer, "expand", "{invalid}");
        }
    }
}
