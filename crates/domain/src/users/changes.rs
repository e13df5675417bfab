use base::{Error, ErrorCode, Id, Patch, Result, limit};
use store::{Changes, CommitError, Entity, Json, RawJson, TenantStore};

use super::{Role, User};
use crate::media::is_avatar_path;
use crate::validation::{self, ValidationErrors};

/// Partial update of a user; omitted fields keep their value.
#[derive(Clone, Debug, Default)]
pub struct UserChanges {
    /// The e-mail address.
    pub email: Patch<String>,
    /// Display name.
    pub name: Patch<String>,
    /// URL of the avatar, http or https, or the path of an uploaded file.
    pub avatar_url: Patch<String>,
    /// Object defined by the tenant; replaced completely.
    pub metadata: Patch<RawJson>,
    /// Complete list of roles.
    pub roles: Option<Vec<String>>,
    /// Role to set: replaces `admin`, `user` or `client` in the list of roles.
    pub role: Option<Role>,
    /// Complete list of permissions.
    pub permissions: Option<Vec<String>>,
}

impl UserChanges {
    /// Validates and normalizes the changes.
    ///
    /// # Errors
    /// 400 `invalid_request` with all invalid fields.
    pub fn validated(mut self) -> Result<Self> {
        let mut errors = ValidationErrors::default();
        if let Patch::Set(email) = &self.email {
            errors.add(validation::email("/email", email))?;
        }
        if let Patch::Set(name) = &self.name {
            errors.add(validation::name("/name", name))?;
        }
        if let Patch::Set(url) = &self.avatar_url
            && !is_avatar_path(url)
        {
            errors.add(validation::url("/avatar_url", url))?;
        }
        if let Patch::Set(metadata) = &self.metadata {
            self.metadata = errors
                .add(validation::metadata("/metadata", metadata))?
                .map_or(Patch::Keep, Patch::Set);
        }
        if let Some(roles) = &self.roles {
            errors.add(validation::words("/roles", roles, limit::USER_ROLES))?;
        }
        if let Some(permissions) = &self.permissions {
            errors.add(validation::words(
                "/permissions",
                permissions,
                limit::USER_PERMISSIONS,
            ))?;
        }
        if self.role.is_some() && self.roles.is_some() {
            errors.add::<()>(Err(Error::invalid("/role", "give role or roles, not both")))?;
        }
        errors.finish()?;
        Ok(self)
    }

    /// Returns whether only fields are set that users may change themselves. `metadata` is one of
    /// them if `with_metadata` is set.
    #[must_use]
    pub fn are_allowed_for_user(&self, with_metadata: bool) -> bool {
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
        let former = user.email_key.clone();
        email_key.apply(&mut user.email_key);
        if user.email_key != former {
            user.email_verified_at = None;
        }
        self.name.apply(&mut user.name);
        self.avatar_url.apply(&mut user.avatar_url);
        self.metadata.apply(&mut user.metadata);
        if let Some(roles) = self.roles {
            user.roles = Json(roles);
        }
        if let Some(role) = self.role {
            user.roles = Json(role.replace_in(&user.roles.0));
        }
        if let Some(permissions) = self.permissions {
            user.permissions = Json(permissions);
        }
    }
}

pub(super) fn default_roles() -> Json<Vec<String>> {
    Json(vec![Role::User.as_str().to_owned()])
}

/// Returns the changes that turn one document into the other; empty if they are equal.
pub(super) fn difference(from: &Entity<User>, to: &User) -> Changes<User> {
    let mut changes = Changes::new();
    macro_rules! compare {
        ($($optional:ident),+; $($required:ident),+) => {
            $(if from.$optional != to.$optional { changes = changes.put(User::$optional, to.$optional.clone()); })+
            $(if from.$required != to.$required { changes = changes.set(User::$required, to.$required.clone()); })+
        };
    }
    compare!(email, email_key, email_verified_at, name, avatar_url, metadata; roles, permissions, is_active);
    changes
}

/// Rejects an address that another user has under a key written by an earlier version, which the
/// unique index does not cover. Such keys are not written any more, so that a check before the
/// write is sufficient.
///
/// # Errors
/// 409 `email_taken` for the field within `pointer`, 503 if the store is unavailable.
pub(super) async fn check_former(
    tenant: &TenantStore,
    email: &str,
    own: Option<Id<User>>,
    pointer: &str,
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
        Err(email_taken_error(pointer))
    } else {
        Ok(())
    }
}

/// Returns the error for a commit of one user that violated the unique index of e-mail addresses.
pub(crate) fn email_taken_by(error: &CommitError) -> Option<Error> {
    email_taken(error, "")
}

/// Returns the error for a commit that violated the unique index of e-mail addresses.
pub(super) fn email_taken(error: &CommitError, pointer: &str) -> Option<Error> {
    let CommitError::Conflict { index, .. } = error else {
        return None;
    };
    (*index == User::by_email.name()).then(|| email_taken_error(pointer))
}

fn email_taken_error(pointer: &str) -> Error {
    let mut failure = Error::invalid("/email", "belongs to another user").within(pointer);
    failure.code = ErrorCode::EmailTaken;
    failure
}
