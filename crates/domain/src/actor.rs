use base::{Error, ErrorCode, Id, Result};

use crate::users::User;

/// Who acts within a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The tenant's server, on its own behalf.
    Server,
    /// A user: by their token, or a server that acts as them.
    User(Id<User>),
}

impl Actor {
    /// The acting user.
    ///
    /// # Errors
    /// 403 `forbidden` when a server acts on its own behalf.
    pub fn user(self) -> Result<Id<User>> {
        match self {
            Self::User(user) => Ok(user),
            Self::Server => Err(Error::new(
                ErrorCode::Forbidden,
                "Only a user can do this; a server names one with the header Caas-User.",
            )),
        }
    }

    /// Lets a server pass, and this user alone.
    ///
    /// # Errors
    /// 403 `forbidden` with the sentence.
    pub fn must_be(self, user: Id<User>, otherwise: &'static str) -> Result<()> {
        match self {
            Self::Server => Ok(()),
            Self::User(actor) if actor == user => Ok(()),
            Self::User(_) => Err(Error::new(ErrorCode::Forbidden, otherwise)),
        }
    }
}
