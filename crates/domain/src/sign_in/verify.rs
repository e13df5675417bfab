use base::{Error, ErrorCode, Id, Result};
use store::{Batch, Changes, CommitError, Entity, TenantData, Update};

use super::flow::code_invalid;
use super::tokens::SessionStart;
use super::{Credential, Flow, FlowKind, SignIn, SignedIn, Visitor, enabled};
use crate::sessions::{SessionDevice, SignInMethod};
use crate::users::{self, User};

impl SignIn {
    /// Completes a sign-up or a sign-in with the code from a mail, and begins a session. The flow
    /// is removed in the same commit, so that a code is used once.
    ///
    /// # Errors
    /// 403 `code_invalid`, `sign_in_disabled` or `user_deactivated`, 409 `email_taken` if another
    /// user got the address in the meantime.
    pub async fn verify(
        &self,
        visitor: &Visitor,
        token: &str,
        code: &str,
        device: SessionDevice,
    ) -> Result<SignedIn> {
        enabled(&visitor.tenant).await?;
        let device = device.validated()?;
        let flow = self.redeem(visitor, token, code).await?;
        let method = match flow.kind {
            FlowKind::SignUp => SignInMethod::SignUp,
            FlowKind::Code => SignInMethod::Code,
            FlowKind::Recovery | FlowKind::EmailChange => return Err(code_invalid()),
        };
        let mut batch = visitor.tenant.batch();
        batch.remove(flow.id, true);
        let user = match flow.user_id {
            None => create_user(&mut batch, &flow),
            Some(id) => verified_user(&mut batch, visitor, id, &flow).await?,
        };
        if let Some(password_hash) = flow.password_hash.clone() {
            set_password(&mut batch, user.id, password_hash);
        }
        let start = SessionStart {
            user,
            method,
            device,
            is_new_user: flow.user_id.is_none(),
        };
        self.begin_session(visitor, batch, start)
            .await?
            .map_err(of_commit)
    }
}

/// Creates the user of a verified sign-up with a profile and preferences.
fn create_user(batch: &mut Batch<TenantData>, flow: &Flow) -> Entity<User> {
    users::insert_verified(batch, &flow.email, flow.name.clone())
}

/// Returns an existing user whose address is verified now.
async fn verified_user(
    batch: &mut Batch<TenantData>,
    visitor: &Visitor,
    id: Id<User>,
    flow: &Flow,
) -> Result<Entity<User>> {
    let user = visitor.tenant.get(id).await?.ok_or_else(code_invalid)?;
    // Another address may have been set since the code was sent.
    if !users::has_email(&user, &flow.email) {
        return Err(code_invalid());
    }
    if !user.is_active {
        let message = "The user is deactivated.";
        return Err(Error::new(ErrorCode::UserDeactivated, message));
    }
    if user.email_verified_at.is_none() {
        let changes = Changes::new().set(User::email_verified_at, batch.now());
        let update = Update::of(changes).expecting(User::email_key, user.email_key.clone());
        batch.update(user.id, update);
    }
    Ok(user)
}

/// Sets the password of a user.
pub(super) fn set_password(
    batch: &mut Batch<TenantData>,
    user_id: Id<User>,
    password_hash: String,
) {
    let changed_at = batch.now();
    let credential = Credential {
        user_id,
        password_hash,
        changed_at,
    };
    batch.upsert(
        Credential::by_user,
        credential,
        &["password_hash", "changed_at"],
        &[],
    );
}

/// Returns the error of a commit that a concurrent one preceded.
pub(super) fn of_commit(error: CommitError) -> Error {
    match error {
        CommitError::PreconditionFailed { .. } => code_invalid(),
        error => users::email_taken_by(&error).unwrap_or_else(|| error.into()),
    }
}
