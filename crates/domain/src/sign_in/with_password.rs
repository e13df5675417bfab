use base::{Error, ErrorCode, Result};
use serde_json::json;
use store::{Changes, CommitError, Entity, Update};

use super::failures::Attempt;
use super::tokens::SessionStart;
use super::{Credential, SignIn, SignedIn, Visitor, enabled, password_policy};
use crate::activities::{SystemActivity, record_in};
use crate::sessions::{self, SessionDevice, SignInMethod};
use crate::tenants::show_application;
use crate::users::{self, User};
use crate::validation;

/// Attempts of a sign-in that conflicts with concurrent ones.
const MAX_ATTEMPTS: usize = 5;

/// A sign-in with a password.
#[derive(Clone)]
pub struct PasswordSignIn {
    /// E-mail address of the user.
    pub email: String,
    /// Password.
    pub password: String,
    /// Device of the session.
    pub device: SessionDevice,
}

impl std::fmt::Debug for PasswordSignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordSignIn")
    }
}

impl SignIn {
    /// Signs in with a password. Unknown addresses, users without a password and wrong passwords
    /// are not distinguished, and take as long.
    ///
    /// After failures further attempts are delayed by account and by address. A device on which the
    /// user is signed in is exempt from the delay of the account, so that others cannot lock the
    /// user out.
    ///
    /// # Errors
    /// 401 `invalid_credentials`, 403 `sign_in_disabled` or `user_deactivated`, 429 `rate_limited`
    /// with the time to wait, 503 if too many passwords are being checked.
    pub async fn with_password(
        &self,
        visitor: &Visitor,
        attempt: PasswordSignIn,
    ) -> Result<SignedIn> {
        enabled(&visitor.tenant).await?;
        let PasswordSignIn {
            email,
            password,
            device,
        } = attempt;
        let device = device.validated()?;
        validation::email("/email", &email)?;
        password_policy::check_length("/password", &password)?;
        let email_key = validation::email_key(&email);
        let counted = Attempt {
            tenant: visitor.tenant.id(),
            email_key: &email_key,
            client: visitor.address,
        };
        let now = visitor.tenant.context().now();
        self.inner.failures.check_address(&counted, now)?;
        let user = users::find_by_email(&visitor.tenant, &email).await?;
        if let Err(delayed) = self.inner.failures.check_account(&counted, now)
            && !is_known_device(visitor, user.as_ref(), &device).await?
        {
            return Err(delayed);
        }
        let credential = match &user {
            Some(user) => {
                let query = Credential::by_user.eq(Credential::user_id, user.id);
                visitor.tenant.find(query).await?
            }
            None => None,
        };
        let stored = credential
            .as_ref()
            .map(|stored| stored.password_hash.as_str());
        let is_correct = self.inner.passwords.verify(&password, stored).await?;
        let (Some(user), true) = (&user, is_correct) else {
            self.inner.failures.add(&counted, now);
            if let Some(user) = &user {
                record_failure(visitor, user).await?;
            }
            return Err(invalid_credentials());
        };
        if !user.is_active {
            let message = "The user is deactivated.";
            return Err(Error::new(ErrorCode::UserDeactivated, message));
        }
        self.inner.failures.clear(&counted);
        let renewed = match stored {
            Some(stored) if self.inner.passwords.needs_rehash(stored) => {
                Some(self.inner.passwords.hash(&password).await?)
            }
            _ => None,
        };
        let Some(credential) = credential else {
            return Err(invalid_credentials());
        };
        self.session_of(visitor, user, &device, (&credential, renewed))
            .await
    }

    /// Begins the session of a user with the correct password, and stores a renewed hash. Fails if
    /// the password has changed since it was verified: the change ends the sessions that exist.
    async fn session_of(
        &self,
        visitor: &Visitor,
        user: &Entity<User>,
        device: &SessionDevice,
        (credential, renewed): (&Entity<Credential>, Option<String>),
    ) -> Result<SignedIn> {
        let verified = &credential.password_hash;
        let hash = renewed.as_ref().unwrap_or(verified);
        for _ in 0..MAX_ATTEMPTS {
            let mut batch = visitor.tenant.batch();
            let same = Changes::new().set(Credential::password_hash, hash.clone());
            batch.update(
                credential.id,
                Update::of(same)
                    .quietly()
                    .expecting(Credential::password_hash, Some(verified.clone())),
            );
            let start = SessionStart {
                user: user.clone(),
                method: SignInMethod::Password,
                device: device.clone(),
                is_new_user: false,
            };
            match self.begin_session(visitor, batch, start).await? {
                // A replaced session ended concurrently, or the password has changed.
                Err(CommitError::PreconditionFailed { .. }) => {}
                committed => return Ok(committed?),
            }
        }
        let message = "Concurrent sign-ins of the same user; retry.";
        Err(Error::new(ErrorCode::Unavailable, message).retry_after_ms(100))
    }
}

/// Returns whether the user is signed in on this device, from the same network.
async fn is_known_device(
    visitor: &Visitor,
    user: Option<&Entity<User>>,
    device: &SessionDevice,
) -> Result<bool> {
    let (Some(user), Some(device_id)) = (user, &device.device_id) else {
        return Ok(false);
    };
    let address = visitor.address.ip().map(|ip| ip.to_string());
    let sessions = sessions::list_current(&visitor.tenant, user.id).await?;
    Ok(sessions
        .iter()
        .any(|session| session.device_id.as_ref() == Some(device_id) && session.address == address))
}

/// Records the failed sign-in of a user. The delay of the account bounds the number of records.
async fn record_failure(visitor: &Visitor, user: &Entity<User>) -> Result<()> {
    let mut batch = visitor.tenant.batch();
    let app = show_application(visitor.application.id);
    let data = json!({"method": SignInMethod::Password.as_str()});
    let what = SystemActivity::FailedLogin;
    record_in(&mut batch, Some(user.id), what, Some(&app), &data);
    Ok(visitor.tenant.commit(batch).await?)
}

/// Returns the error for a wrong password or an unknown address.
pub(super) fn invalid_credentials() -> Error {
    Error::new(
        ErrorCode::InvalidCredentials,
        "The e-mail address or the password is wrong.",
    )
}
