use base::{Error, ErrorCode, Result, limit};
use serde_json::json;
use store::CommitError;

use super::flow::{NewFlow, StartedFlow, code_invalid};
use super::tokens::SessionStart;
use super::verify::{of_commit, set_password};
use super::{FlowKind, SignIn, SignedIn, Visitor, enabled, password_policy};
use crate::activities::{SystemActivity, record_in};
use crate::mail::{self, MailKind};
use crate::sessions::{self, SessionDevice, SignInMethod};
use crate::tenants::show_application;
use crate::users;
use crate::validation;

impl SignIn {
    /// Starts a password reset. The result is the same for all addresses; a code is sent only to
    /// the verified address of an active user.
    ///
    /// # Errors
    /// 403 `sign_in_disabled`, 400 if the address is invalid.
    pub async fn recover(
        &self,
        visitor: &Visitor,
        email: String,
        language: Option<String>,
    ) -> Result<StartedFlow> {
        enabled(&visitor.tenant).await?;
        validation::email("/email", &email)?;
        if let Some(language) = &language {
            validation::language("/language", language)?;
        }
        self.count_flow(visitor, &email)?;
        let known = users::find_by_email(&visitor.tenant, &email).await?;
        let known = known.filter(|user| user.is_active && user.email_verified_at.is_some());
        let stored = known.as_ref().and_then(|user| user.email.clone());
        let flow = NewFlow {
            kind: FlowKind::Recovery,
            mail: known.is_some().then_some(MailKind::RecoveryCode),
            user: known.map(|user| user.id),
            email: stored.unwrap_or(email),
            name: None,
            password_hash: None,
            language,
            seconds: limit::CODE_FLOW_SECONDS,
        };
        self.start(visitor, flow).await
    }

    /// Sets a new password with the code from a mail, ends all sessions of the user and begins a
    /// new one. The user is informed by mail.
    ///
    /// # Errors
    /// 403 `code_invalid`, `sign_in_disabled` or `user_deactivated`, 422 `weak_password`.
    pub async fn reset_password(
        &self,
        visitor: &Visitor,
        token: &str,
        code: &str,
        password: &str,
        device: SessionDevice,
    ) -> Result<SignedIn> {
        enabled(&visitor.tenant).await?;
        let device = device.validated()?;
        // Before the code is consumed, so that a weak password costs no attempt.
        password_policy::check(password, &[])?;
        let flow = self.redeem(visitor, token, code).await?;
        let user = match (flow.kind, flow.user_id) {
            (FlowKind::Recovery, Some(id)) => visitor.tenant.get(id).await?,
            _ => None,
        };
        let user = user.ok_or_else(code_invalid)?;
        if !user.is_active {
            let message = "The user is deactivated.";
            return Err(Error::new(ErrorCode::UserDeactivated, message));
        }
        if user.email.as_deref() != Some(&flow.email) {
            return Err(code_invalid());
        }
        let names: Vec<&str> = [user.email.as_deref(), user.name.as_deref()]
            .into_iter()
            .flatten()
            .collect();
        password_policy::check(password, &names)?;
        let password_hash = self.inner.passwords.hash(password).await?;
        sessions::end_others(&visitor.tenant, user.id, None).await?;
        let mut batch = visitor.tenant.batch();
        batch.remove(flow.id, true);
        set_password(&mut batch, user.id, password_hash);
        let app = show_application(visitor.application.id);
        let data = json!({"reason": "recovery"});
        let what = SystemActivity::PasswordChanged;
        record_in(&mut batch, Some(user.id), what, Some(&app), &data);
        mail::send(
            &mut batch,
            mail::notice(
                MailKind::PasswordChanged,
                &user,
                visitor.application.id,
                flow.language.clone(),
            ),
        );
        let start = SessionStart {
            user,
            method: SignInMethod::Recovery,
            device,
            is_new_user: false,
        };
        let begun: Result<SignedIn, CommitError> =
            self.begin_session(visitor, batch, start).await?;
        let begun = begun.map_err(of_commit)?;
        // Sessions that began with the former password in the meantime.
        sessions::end_others(&visitor.tenant, begun.user.id, Some(begun.session.id)).await?;
        Ok(begun)
    }
}
