use base::{Error, ErrorCode, Id, Result, limit};
use serde_json::json;
use store::{Changes, Entity, TenantStore, Update};

use super::flow::{NewFlow, StartedFlow, code_invalid};
use super::verify::of_commit;
use super::{FlowKind, SignIn, Visitor, enabled};
use crate::activities::{SystemActivity, record_in};
use crate::mail::{self, MailKind};
use crate::sessions::Session;
use crate::tenants::show_application;
use crate::user_log::{UserEvent, tell};
use crate::users::{self, User};
use crate::validation;

impl SignIn {
    /// Starts a change of a user's e-mail address: sends a code to the new address. The response is
    /// the same for an address of another user, to which nothing is sent.
    ///
    /// # Errors
    /// 400 if the address is invalid, 403 `sign_in_disabled` or `reauthentication_needed`, 429
    /// `rate_limited`.
    pub async fn change_email(
        &self,
        visitor: &Visitor,
        user: Id<User>,
        session: Option<Id<Session>>,
        email: String,
    ) -> Result<StartedFlow> {
        enabled(&visitor.tenant).await?;
        validation::email("/email", &email)?;
        recent_session(&visitor.tenant, session).await?;
        self.count_flow(visitor, &email)?;
        let known = users::find_by_email(&visitor.tenant, &email).await?;
        let is_free = known.is_none_or(|known| known.id == user);
        let flow = NewFlow {
            kind: FlowKind::EmailChange,
            user: Some(user),
            email,
            name: None,
            password_hash: None,
            language: None,
            mail: is_free.then_some(MailKind::EmailChangeCode),
            seconds: limit::CODE_FLOW_SECONDS,
        };
        self.start(visitor, flow).await
    }

    /// Sets the new address with the code from its mail, and informs the previous address.
    ///
    /// # Errors
    /// 403 `code_invalid`, 409 `email_taken`, 404 `user_not_found`.
    pub async fn verify_email(
        &self,
        visitor: &Visitor,
        user: Id<User>,
        token: &str,
        code: &str,
    ) -> Result<Entity<User>> {
        enabled(&visitor.tenant).await?;
        let tenant = &visitor.tenant;
        let flow = self.redeem(visitor, token, code).await?;
        if flow.kind != FlowKind::EmailChange || flow.user_id != Some(user) {
            return Err(code_invalid());
        }
        let user = tenant.get(user).await?.ok_or_else(users::not_found)?;
        let mut batch = tenant.batch();
        batch.remove(flow.id, true);
        let changes = Changes::new()
            .set(User::email, flow.email.clone())
            .set(User::email_key, validation::email_key(&flow.email))
            .set(User::email_verified_at, batch.now());
        batch.update(user.id, Update::of(changes));
        let app = show_application(visitor.application.id);
        let what = SystemActivity::EmailChanged;
        record_in(&mut batch, Some(user.id), what, Some(&app), &json!({}));
        if user.email.is_some() {
            let kind = MailKind::EmailChanged;
            let notice = mail::notice(kind, &user, visitor.application.id, None);
            mail::send(&mut batch, notice);
        }
        let user_id = user.id;
        tell(&mut batch, user_id, UserEvent::UserUpdated { user_id });
        tenant.commit(batch).await.map_err(of_commit)?;
        tenant.get(user_id).await?.ok_or_else(users::not_found)
    }
}

/// Checks that a session began a short time ago, so that a copied token does not take over the
/// account.
///
/// # Errors
/// 403 `reauthentication_needed`.
pub(super) async fn recent_session(
    tenant: &TenantStore,
    session: Option<Id<Session>>,
) -> Result<()> {
    let session = match session {
        Some(session) => tenant.get(session).await?,
        None => None,
    };
    let now = tenant.context().now();
    let recent = limit::signed(limit::RECENT_SIGN_IN_SECONDS) * 1_000;
    if session.is_some_and(|session| now < session.signed_in_at.plus_millis(recent)) {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::ReauthenticationNeeded,
        "Sign in again to do this.",
    ))
}
