use base::{Error, ErrorCode, Result, limit};

store::string_enum! {
    /// Permission of an API key.
    pub enum Scope {
        /// All permissions.
        All = "*",
        /// Read users.
        UsersRead = "users:read",
        /// Read and change users.
        UsersWrite = "users:write",
        /// Read conversations and their participants.
        ConversationsRead = "conversations:read",
        /// Read and change conversations and their participants.
        ConversationsWrite = "conversations:write",
        /// Read messages, reactions and receipts.
        MessagesRead = "messages:read",
        /// Read and change messages, reactions and receipts.
        MessagesWrite = "messages:write",
        /// Export everything that is stored about a user.
        ExportRead = "export:read",
        /// Read when tokens were revoked.
        TokensRead = "tokens:read",
        /// Mint and revoke user tokens.
        TokensWrite = "tokens:write",
        /// Read the tenant's settings.
        SettingsRead = "settings:read",
        /// Read and change the tenant's settings.
        SettingsWrite = "settings:write",
        /// Read analytics events and their counts.
        AnalyticsRead = "analytics:read",
        /// Record analytics events, and read them.
        AnalyticsWrite = "analytics:write",
        /// Read files.
        FilesRead = "files:read",
        /// Upload, read and delete files.
        FilesWrite = "files:write",
        /// Read integrations with platforms, their clients and webhook events.
        IntegrationsRead = "integrations:read",
        /// Read and change integrations with platforms and the channels of clients.
        IntegrationsWrite = "integrations:write",
    }
}

/// The scopes of one API key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes(u32);

impl Scopes {
    /// All scopes, including future ones.
    pub const ALL: Self = Self(1 << Scope::All as u16);

    /// Parses a list of scope names.
    ///
    /// # Errors
    /// 400 `invalid_request` that names the first unknown scope.
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
                let message = || {
                    Error::invalid(
                        format!("/scopes/{at}"),
                        format!("must be one of {}", scope_names()),
                    )
                };
                Scope::from_word(word.as_ref())
                    .map(|scope| scopes.with(scope))
                    .ok_or_else(message)
            })
    }

    /// Returns these scopes with one added.
    #[must_use]
    pub const fn with(self, scope: Scope) -> Self {
        Self(self.0 | 1 << scope as u16)
    }

    /// Returns whether the scope is granted directly, by its `:write` or by `*`.
    #[must_use]
    pub fn allow(self, scope: Scope) -> bool {
        let has = |scope: Scope| self.0 & 1 << scope as u16 != 0;
        let implied = scope
            .as_str()
            .strip_suffix("read")
            .and_then(|area| Scope::from_word(&format!("{area}write")));
        has(Scope::All) || has(scope) || implied.is_some_and(has)
    }

    /// Succeeds if the scope is granted.
    ///
    /// # Errors
    /// 403 `scope_missing` that names the scope.
    pub fn require(self, scope: Scope) -> Result<()> {
        if self.allow(scope) {
            return Ok(());
        }
        Err(Error::new(
            ErrorCode::ScopeMissing,
            format!("The API key requires the scope {scope}."),
        ))
    }

    /// Returns the names of the scopes, in the order of [`Scope`].
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

fn scope_names() -> String {
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
    fn write_scope_implies_only_its_own_read_scope() {
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
    fn scope_names_round_trip_and_an_unknown_one_is_named() {
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
