use base::{Result, limit};

use super::flow::{NewFlow, StartedFlow};
use super::{FlowKind, SignIn, Visitor, enabled, is_sign_up_open};
use crate::mail::MailKind;
use crate::users;
use crate::validation;

impl SignIn {
    /// Starts a sign-in with a one-time code by e-mail. Creates an account for an unknown address
    /// where sign-up is open. The result is the same for all addresses; nothing is sent to an
    /// address that cannot sign in.
    ///
    /// # Errors
    /// 403 `sign_in_disabled`, 400 if the address is invalid.
    pub async fn with_code(
        &self,
        visitor: &Visitor,
        email: String,
        language: Option<String>,
    ) -> Result<StartedFlow> {
        let settings = enabled(&visitor.tenant).await?;
        validation::email("/email", &email)?;
        if let Some(language) = &language {
            validation::language("/language", language)?;
        }
        self.count_flow(visitor, &email)?;
        let known = users::find_by_email(&visitor.tenant, &email).await?;
        let may_claim = settings.sign_up_claims_users;
        let mut flow = NewFlow {
            kind: FlowKind::Code,
            user: None,
            email,
            name: None,
            password_hash: None,
            language,
            mail: None,
            seconds: limit::CODE_FLOW_SECONDS,
        };
        match known {
            // The code goes to the stored address, which a user may have verified before.
            Some(user) if user.is_active && (user.email_verified_at.is_some() || may_claim) => {
                flow.email = user.email.clone().unwrap_or(flow.email);
                flow.user = Some(user.id);
                flow.mail = Some(MailKind::SignInCode);
            }
            None if is_sign_up_open(&settings) => {
                flow.kind = FlowKind::SignUp;
                flow.mail = Some(MailKind::SignUpCode);
            }
            _ => {}
        }
        self.start(visitor, flow).await
    }
}
