use base::{Error, ErrorCode, Result, limit};

use super::flow::{NewFlow, StartedFlow};
use super::{Credential, FlowKind, SignIn, Visitor, enabled, is_sign_up_open, password_policy};
use crate::mail::MailKind;
use crate::users;
use crate::validation::{self, ValidationErrors};

/// An account to create.
#[derive(Clone)]
pub struct NewAccount {
    /// E-mail address, which is verified before the account exists.
    pub email: String,
    /// Password.
    pub password: String,
    /// Display name.
    pub name: Option<String>,
    /// Language of mails.
    pub language: Option<String>,
}

impl std::fmt::Debug for NewAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewAccount")
    }
}

impl SignIn {
    /// Starts a sign-up. Nothing but a pending flow is stored until the address is verified, so
    /// that an unverified address reserves nothing. The result is the same for known and unknown
    /// addresses; the user of a known address is informed by mail.
    ///
    /// # Errors
    /// 403 `sign_in_disabled` or `sign_up_disabled`, 400 with the invalid fields, 422
    /// `weak_password`, 429 `rate_limited`, 503 if too many passwords are being hashed.
    pub async fn sign_up(&self, visitor: &Visitor, new: NewAccount) -> Result<StartedFlow> {
        let settings = enabled(&visitor.tenant).await?;
        if !is_sign_up_open(&settings) {
            return Err(Error::new(
                ErrorCode::SignUpDisabled,
                "The tenant creates accounts itself; sign-up is closed.",
            ));
        }
        let NewAccount {
            email,
            password,
            name,
            language,
        } = new;
        let mut errors = ValidationErrors::default();
        errors.add(validation::email("/email", &email))?;
        if let Some(name) = &name {
            errors.add(validation::name("/name", name))?;
        }
        if let Some(language) = &language {
            errors.add(validation::language("/language", language))?;
        }
        errors.finish()?;
        let local = email.split('@').next().unwrap_or_default();
        let application = visitor.application.name.as_str();
        let names = [
            Some(email.as_str()),
            Some(local),
            name.as_deref(),
            Some(application),
        ];
        let names: Vec<&str> = names.into_iter().flatten().collect();
        password_policy::check(&password, &names)?;
        self.count_flow(visitor, &email)?;
        // Before the address is looked up, so that known addresses take as long.
        let password_hash = self.inner.passwords.hash(&password).await?;
        let known = users::find_by_email(&visitor.tenant, &email).await?;
        let (user, mail) = match known {
            None => (None, MailKind::SignUpCode),
            Some(user) => {
                let query = Credential::by_user.eq(Credential::user_id, user.id);
                let has_password = visitor.tenant.find(query).await?.is_some();
                let is_claimed = settings.sign_up_claims_users && user.is_active && !has_password;
                let mail = if is_claimed {
                    MailKind::SignUpCode
                } else {
                    MailKind::AccountExists
                };
                (Some(user.id), mail)
            }
        };
        let flow = NewFlow {
            kind: FlowKind::SignUp,
            user,
            email,
            name,
            password_hash: Some(password_hash),
            language,
            mail: Some(mail),
            seconds: limit::SIGN_UP_SECONDS,
        };
        self.start(visitor, flow).await
    }
}
