//! Files that are shown as the avatar of a user or a conversation.

use base::{Error, ErrorCode, Id, ObjectId, Result};
use store::{Changes, CommitError, Entity, TenantStore, Update};

use super::collections::{File, FileKind, FilePurpose, FileState};
use super::get;
use crate::actor::Actor;
use crate::identity::User;

/// Beginning of the path of every avatar.
const PATH: &str = "/v1/avatars/";

/// Maximum attempts when other writers conflict.
const MAX_ATTEMPTS: usize = 5;

/// Returns whether an avatar URL is the path of an uploaded file.
#[must_use]
pub fn is_avatar_path(url: &str) -> bool {
    url.strip_prefix(PATH).is_some_and(|rest| {
        rest.ends_with("/original")
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_/".contains(&byte))
    })
}

/// Returns the path of a small version of an uploaded avatar; `None` for another URL.
#[must_use]
pub fn avatar_thumbnail(url: &str) -> Option<String> {
    let base = url
        .strip_suffix("/original")
        .filter(|_| is_avatar_path(url))?;
    Some(format!("{base}/64"))
}

/// Marks a file as the avatar of a holder, which keeps it from being removed as unused, and returns
/// its path. The avatar of a user belongs to that user.
///
/// # Errors
/// 400 if the file does not exist, belongs to another user, is no image that was uploaded as an
/// avatar, or has another holder.
pub(crate) async fn claim_avatar(
    tenant: &TenantStore,
    actor: Actor,
    id: Id<File>,
    holder: ObjectId,
    user: Option<Id<User>>,
) -> Result<String> {
    for _ in 0..MAX_ATTEMPTS {
        let file = get(tenant, id).await.ok();
        let file = file
            .filter(|file| actor.user().is_err() || file.user_id == actor.user().ok())
            .ok_or_else(|| invalid("There is no such file of yours."))?;
        let path = usable(&file, holder)?;
        let mut changes = Changes::new().set(File::holder_id, holder);
        if let Some(user) = user {
            changes = changes.set(File::user_id, user);
        }
        let mut batch = tenant.batch();
        batch.update(
            file.id,
            Update::of(changes)
                .quietly()
                .expecting(File::state, Some(file.state)),
        );
        match tenant.commit(batch).await {
            Ok(()) => return Ok(path),
            // Processed meanwhile.
            Err(CommitError::PreconditionFailed { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::new(
        ErrorCode::Unavailable,
        "The file is changed concurrently; retry.",
    ))
}

fn usable(file: &Entity<File>, holder: ObjectId) -> Result<String> {
    let is_avatar = file.purpose == FilePurpose::Avatar && file.kind == FileKind::Image;
    if !is_avatar {
        return Err(invalid("The file is no image with the purpose avatar."));
    }
    if !matches!(file.state, FileState::Processing | FileState::Ready) {
        return Err(invalid("The file cannot be shown."));
    }
    if file.holder_id.is_some_and(|present| present != holder) {
        return Err(invalid("The file is the avatar of another object."));
    }
    match &file.public_path {
        Some(path) => Ok(format!("{PATH}{path}/original")),
        None => Err(invalid("The file has no public path.")),
    }
}

fn invalid(reason: &'static str) -> Error {
    Error::invalid("/file_id", reason)
}

/// Makes the file of a replaced avatar due, so that a job removes it.
///
/// # Errors
/// When the store is unavailable; the file is then removed at its next check.
pub(crate) async fn release_avatar(tenant: &TenantStore, url: &str) -> Result<()> {
    let path = url
        .strip_prefix(PATH)
        .and_then(|rest| rest.strip_suffix("/original"));
    let Some(path) = path else { return Ok(()) };
    let query = File::by_public_path.eq(File::public_path, path.to_owned());
    let Some(file) = tenant.find(query).await? else {
        return Ok(());
    };
    let mut batch = tenant.batch();
    let changes = Changes::new().set(File::due_at, batch.now());
    batch.update(file.id, Update::of(changes).quietly());
    match tenant.commit(batch).await {
        Ok(()) | Err(CommitError::PreconditionFailed { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_of_an_uploaded_avatar_has_a_thumbnail() {
        let path = "/v1/avatars/clnt_65a1b2c3d4e5f60718293a01/00ff/original";
        assert!(is_avatar_path(path));
        assert_eq!(
            avatar_thumbnail(path).as_deref(),
            Some("/v1/avatars/clnt_65a1b2c3d4e5f60718293a01/00ff/64")
        );
        for other in [
            "https://a.example/original",
            "/v1/avatars/../x/original",
            "/v1/avatars/a/b",
        ] {
            assert!(!is_avatar_path(other), "{other}");
            assert_eq!(avatar_thumbnail(other), None);
        }
    }
}
