use base::{Error, ErrorCode, Id, Result};
use store::{CommitError, TenantStore};

use super::User;
use crate::validation;

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
