use base::{Error, ErrorCode, Id, Patch, Result, limit};
use store::{Changes, CommitError, Entity, Json, RawJson, TenantStore};

use super::{Role, User};
use crate::validation::{self, ValidationErrors};

/// What a request says of a user's fields; what it does not say stays.
#[derive(Clone, Debug, Default)]
pub struct UserChanges {
    /// The e-mail address.
    pub email: Patch<String>,
    /// What others see.
    pub name: Patch<String>,
    /// A picture, by http or https.
    pub avatar_url: Patch<String>,
    /// An object of the tenant's own; replaced as a whole.
    pub metadata: Patch<RawJson>,
    /// All roles.
    pub roles: Option<Vec<String>>,
    /// Shorthand for the roles: takes the place of whichever of `admin`, `user`
    /// and `client` stands among them.
    pub role: Option<Role>,
    /// All permissions.
    pub permissions: Option<Vec<String>>,
}

impl UserChanges {
    /// The changes as they may be stored.
    ///
    /// # Errors
    /// 400 `invalid_request` that names every wrong place.
    pub fn checked(mut self) -> Result<Self> {
        let mut faults = ValidationErrors::default();
        if let Patch::Set(email) = &self.email {
            faults.note(validation::email("/email", email))?;
        }
        if let Patch::Set(name) = &self.name {
            faults.note(validation::name("/name", name))?;
        }
        if let Patch::Set(url) = &self.avatar_url {
            faults.note(validation::url("/avatar_url", url))?;
        }
        if let Patch::Set(metadata) = &self.metadata {
            self.metadata = faults
                .note(validation::metadata("/metadata", metadata))?
                .map_or(Patch::Keep, Patch::Set);
        }
        if let Some(roles) = &self.roles {
            faults.note(validation::words("/roles", roles, limit::USER_ROLES))?;
        }
        if let Some(permissions) = &self.permissions {
            faults.note(validation::words(
                "/permissions",
                permissions,
                limit::USER_PERMISSIONS,
            ))?;
        }
        if self.role.is_some() && self.roles.is_some() {
            faults.note::<()>(Err(Error::invalid("/role", "give role or roles, not both")))?;
        }
        faults.done()?;
        Ok(self)
    }

    /// Whether only fields are named that users may change of themselves, their metadata only if
    /// the tenant's settings say so.
    #[must_use]
    pub fn are_a_users_own(&self, with_metadata: bool) -> bool {
        self.email == Patch::Keep
            && self.roles.is_none()
            && self.role.is_none()
            && self.permissions.is_none()
            && (with_metadata || self.metadata == Patch::Keep)
    }

    /// Applies the changes to a document.
    pub(super) fn apply(self, user: &mut User) {
        let email_key = self
            .email
            .clone()
            .map(|email| validation::email_key(&email));
        self.email.apply(&mut user.email);
        email_key.apply(&mut user.email_key);
        self.name.apply(&mut user.name);
        self.avatar_url.apply(&mut user.avatar_url);
        self.metadata.apply(&mut user.metadata);
        if let Some(roles) = self.roles {
            user.roles = Json(roles);
        }
        if let Some(role) = self.role {
            user.roles = Json(role.put_into(&user.roles.0));
        }
        if let Some(permissions) = self.permissions {
            user.permissions = Json(permissions);
        }
    }
}

pub(super) fn default_roles() -> Json<Vec<String>> {
    Json(vec![Role::User.as_str().to_owned()])
}

/// The stored changes that turn one document into the other; empty when they
/// are the same.
pub(super) fn difference(from: &Entity<User>, to: &User) -> Changes<User> {
    let mut changes = Changes::new();
    macro_rules! compare {
        ($($optional:ident),+; $($required:ident),+) => {
            $(if from.$optional != to.$optional { changes = changes.put(User::$optional, to.$optional.clone()); })+
            $(if from.$required != to.$required { changes = changes.set(User::$required, to.$required.clone()); })+
        };
    }
    compare!(email, email_key, name, avatar_url, metadata; roles, permissions, is_active);
    changes
}

/// Rejects an address that another user has under a key of an earlier version, which the unique
/// index does not meet. No such key is written any more, so that looking before the write is enough.
///
/// # Errors
/// 409 `email_taken` for the field within `place`, 503 when the store cannot answer.
pub(super) async fn check_former(
    tenant: &TenantStore,
    email: &str,
    own: Option<Id<User>>,
    place: &str,
) -> Result<()> {
    let keys = validation::former_email_keys(email);
    if keys.is_empty() {
        return Ok(());
    }
    let found = tenant
        .list(User::by_email.all().one_of(User::email_key, keys).limit(2))
        .await?
        .items;
    if found.iter().any(|user| Some(user.id) != own) {
        Err(taken(place))
    } else {
        Ok(())
    }
}

/// Says whose key a commit met, when it was a user's.
pub(super) fn email_taken(error: &CommitError, place: &str) -> Option<Error> {
    let CommitError::Conflict { index, .. } = error else {
        return None;
    };
    (*index == User::by_email.name()).then(|| taken(place))
}

fn taken(place: &str) -> Error {
    let mut failure = Error::invalid("/email", "belongs to another user").within(place);
    failure.code = ErrorCode::EmailTaken;
    failure
}
