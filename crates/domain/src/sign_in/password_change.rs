use base::{Error, ErrorCode, Id, Result};
use serde_json::json;
use store::TenantStore;

use super::email_change::recent_session;
use super::verify::set_password;
use super::{Credential, SignIn, enabled, password_policy};
use crate::activities::{SystemActivity, record_in};
use crate::mail::{self, MailKind};
use crate::sessions::{self, Session};
use crate::tenants::Application;
use crate::users::{self, User};

/// A change of a password.
#[derive(Clone)]
pub struct PasswordChange {
    /// Current password; required if the user has one and acts for themselves.
    pub current: Option<String>,
    /// New password.
    pub new: String,
    /// Whether a server sets the password.
    pub by_server: bool,
    /// Session that continues.
    pub session: Option<Id<Session>>,
    /// Application of the caller.
    pub application: Id<Application>,
}

impl std::fmt::Debug for PasswordChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordChange")
    }
}

impl SignIn {
    /// Sets a user's password, ends the user's other sessions and informs the user by mail. A user
    /// proves the current password; a user without one, who signed in with a code, sets the first.
    ///
    /// # Errors
    /// 401 `invalid_credentials` if the current password is wrong or missing, 422 `weak_password`,
    /// 403 `sign_in_disabled`, 404 `user_not_found`.
    pub async fn change_password(
        &self,
        tenant: &TenantStore,
        user: Id<User>,
        change: PasswordChange,
    ) -> Result<()> {
        enabled(tenant).await?;
        if let Some(current) = &change.current {
            password_policy::check_length("/current_password", current)?;
        }
        let user = tenant.get(user).await?.ok_or_else(users::not_found)?;
        let names: Vec<&str> = [user.email.as_deref(), user.name.as_deref()]
            .into_iter()
            .flatten()
            .collect();
        password_policy::check(&change.new, &names)?;
        let query = Credential::by_user.eq(Credential::user_id, user.id);
        let stored = tenant.find(query).await?;
        if !change.by_server {
            let is_first = stored.is_none() && change.session.is_some();
            if is_first {
                recent_session(tenant, change.session).await?;
            }
            let current = change.current.as_deref().unwrap_or_default();
            let hash = stored.as_ref().map(|stored| stored.password_hash.as_str());
            if !is_first && !self.inner.passwords.verify(current, hash).await? {
                return Err(Error::new(
                    ErrorCode::InvalidCredentials,
                    "The current password is wrong or missing.",
                ));
            }
        }
        let password_hash = self.inner.passwords.hash(&change.new).await?;
        let mut batch = tenant.batch();
        set_password(&mut batch, user.id, password_hash);
        let data = json!({"by_server": change.by_server});
        let app = crate::tenants::show_application(change.application);
        let what = SystemActivity::PasswordChanged;
        record_in(&mut batch, Some(user.id), what, Some(&app), &data);
        if user.email.is_some() {
            let notice = mail::notice(MailKind::PasswordChanged, &user, change.application, None);
            mail::send(&mut batch, notice);
        }
        tenant.commit(batch).await?;
        sessions::end_others(tenant, user.id, change.session).await?;
        Ok(())
    }
}
