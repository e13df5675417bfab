use base::{Error, ErrorCode, Id, Result};

use crate::users::User;

/// Principal that acts within a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The tenant's server, acting for itself.
    Server,
    /// A user, authenticated by a token or represented by a server.
    User(Id<User>),
}

impl Actor {
    /// Returns the acting user.
    ///
    /// # Errors
    /// 403 `forbidden` if a server acts for itself.
    pub fn user(self) -> Result<Id<User>> {
        match self {
            Self::User(user) => Ok(user),
            Self::Server => Err(Error::new(
                ErrorCode::Forbidden,
                "Only a user can do this; a server selects one with the Caas-User header.",
            )),
        }
    }

    /// Succeeds if the actor is this user or a server that acts for itself.
    ///
    /// # Errors
    /// 403 `forbidden` with the detail `otherwise` for any other user.
    pub fn must_be(self, user: Id<User>, otherwise: &'static str) -> Result<()> {
        match self {
            Self::Server => Ok(()),
            Self::User(actor) if actor == user => Ok(()),
            Self::User(_) => Err(Error::new(ErrorCode::Forbidden, otherwise)),
        }
    }
}
