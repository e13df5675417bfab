use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use base::{Error, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;
use wire::strict;

use crate::api::Api;
use crate::refusal::Refusal;

/// What of a user is wanted beside an object.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Expand {
    /// The user.
    pub(crate) user: bool,
    /// The profile.
    pub(crate) profile: bool,
    /// The preferences.
    pub(crate) preferences: bool,
}

/// The query of the right shape, and beside it `expand`.
#[derive(Debug)]
pub(crate) struct Expanding<T>(pub(crate) T, pub(crate) Expand);

/// A query without parameters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoQuery {}

/// The parameter that [`Expanding`] reads.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what is read by hand")]
pub(crate) struct ExpandParams {
    /// What of the user to show beside each object: `user`, `profile`, `preferences`, separated by commas.
    #[param(
        example = "user,profile",
        pattern = "^(user|profile|preferences)(,(user|profile|preferences))*$"
    )]
    expand: Option<String>,
}

impl<T: DeserializeOwned> FromRequestParts<Api> for Expanding<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Refusal> {
        let mut given = strict::query(parts.uri.query().unwrap_or_default())?;
        let expand = given.remove("expand");
        let expand = expand
            .as_ref()
            .and_then(|text| text.as_str())
            .map_or(Ok(Expand::default()), Expand::parse)?;
        Ok(Self(strict::parameters(given)?, expand))
    }
}

impl Expand {
    fn parse(text: &str) -> Result<Self> {
        let mut expand = Self::default();
        for word in text.split(',') {
            match word {
                "user" => expand.user = true,
                "profile" => expand.profile = true,
                "preferences" => expand.preferences = true,
                _ => {
                    return Err(Error::invalid(
                        "expand",
                        "Expected user, profile, preferences, or some of them.",
                    ));
                }
            }
        }
        Ok(expand)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_words_are_taken() {
        let both = Expand {
            user: true,
            profile: true,
            preferences: false,
        };
        assert_eq!(Expand::parse("profile,user").unwrap(), both);
        for wrong in ["", "user,", "password", "user profile"] {
            assert_eq!(
                Expand::parse(wrong).unwrap_err().faults[0].pointer,
                "expand",
                "{wrong}"
            );
        }
    }
}
