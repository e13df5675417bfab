use base::{Error, ErrorCode, Result, limit};

store::string_enum! {
    /// What an API key may do.
    pub enum Scope {
        /// Everything.
        All = "*",
        /// Read users.
        UsersRead = "users:read",
        /// Read and change users.
        UsersWrite = "users:write",
        /// Read conversations and their participants.
        ConversationsRead = "conversations:read",
        /// Read and change conversations and their participants.
        ConversationsWrite = "conversations:write",
        /// Read messages, reactions and marks.
        MessagesRead = "messages:read",
        /// Read and change messages, reactions and marks.
        MessagesWrite = "messages:write",
        /// Export everything that is stored about a user.
        ExportRead = "export:read",
        /// See when tokens were revoked.
        TokensRead = "tokens:read",
        /// Mint and revoke user tokens.
        TokensWrite = "tokens:write",
        /// Read the tenant's settings.
        SettingsRead = "settings:read",
        /// Read and change the tenant's settings.
        SettingsWrite = "settings:write",
        /// Read analytics events and their counts.
        AnalyticsRead = "analytics:read",
        /// Tell analytics events, and read them.
        AnalyticsWrite = "analytics:write",
    }
}

/// The scopes of one key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes(u16);

impl Scopes {
    /// Every scope there is and will be.
    pub const ALL: Self = Self(1 << Scope::All as u16);

    /// The scopes of a list of words.
    ///
    /// # Errors
    /// 400 `invalid_request` that names the word nobody knows.
    pub fn parse<S: AsRef<str>>(words: &[S]) -> Result<Self> {
        if words.is_empty() || words.len() > limit::USER_ROLES {
            return Err(Error::invalid(
                "/scopes",
                format!("must have 1 to {} entries", limit::USER_ROLES),
            ));
        }
        words
            .iter()
            .enumerate()
            .try_fold(Self::default(), |scopes, (at, word)| {
                let told = || {
                    Error::invalid(
                        format!("/scopes/{at}"),
                        format!("must be one of {}", known()),
                    )
                };
                Scope::from_word(word.as_ref())
                    .map(|scope| scopes.with(scope))
                    .ok_or_else(told)
            })
    }

    /// These scopes and one more.
    #[must_use]
    pub const fn with(self, scope: Scope) -> Self {
        Self(self.0 | 1 << scope as u16)
    }

    /// Whether the scope is among these, is implied by its `:write` or by `*`.
    #[must_use]
    pub fn allow(self, scope: Scope) -> bool {
        let has = |scope: Scope| self.0 & 1 << scope as u16 != 0;
        let implied = scope
            .as_str()
            .strip_suffix("read")
            .and_then(|area| Scope::from_word(&format!("{area}write")));
        has(Scope::All) || has(scope) || implied.is_some_and(has)
    }

    /// Lets a call through that the scopes allow.
    ///
    /// # Errors
    /// 403 `scope_missing` that names the scope.
    pub fn require(self, scope: Scope) -> Result<()> {
        if self.allow(scope) {
            return Ok(());
        }
        Err(Error::new(
            ErrorCode::ScopeMissing,
            format!("The API key lacks the scope {scope}."),
        ))
    }

    /// The scopes as words, in the order of the list above.
    #[must_use]
    pub fn words(self) -> Vec<String> {
        let has = |scope: &&Scope| self.0 & 1 << **scope as u16 != 0;
        Scope::ALL
            .iter()
            .filter(has)
            .map(ToString::to_string)
            .collect()
    }
}

fn known() -> String {
    Scope::ALL
        .iter()
        .map(|scope| scope.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_implies_reading_of_the_same_kind_only() {
        let scopes = Scopes::parse(&["users:write", "messages:read"]).unwrap();
        assert!(
            scopes.allow(Scope::UsersRead)
                && scopes.allow(Scope::UsersWrite)
                && scopes.allow(Scope::MessagesRead)
        );
        assert_eq!(
            scopes.require(Scope::MessagesWrite).unwrap_err().code,
            ErrorCode::ScopeMissing
        );
        assert!(!scopes.allow(Scope::ConversationsRead) && !scopes.allow(Scope::All));
        assert!(Scope::ALL.iter().all(|&scope| Scopes::ALL.allow(scope)));
    }

    #[test]
    fn words_survive_and_unknown_ones_are_named() {
        assert_eq!(
            Scopes::parse(&["users:read", "*"]).unwrap().words(),
            ["*", "users:read"]
        );
        assert_eq!(
            Scopes::parse(&["*", "all"]).unwrap_err().faults[0].pointer,
            "/scopes/1"
        );
        assert!(Scopes::parse::<&str>(&[]).is_err());
    }
}
