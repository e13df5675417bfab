use base::{Error, ErrorCode, Result};

use super::tokens::SessionStart;
use super::{SignIn, SignedIn, Visitor, enabled};
use crate::sessions::{SessionDevice, SignInMethod};
use crate::users;
use crate::validation;

impl SignIn {
    /// Creates a guest, a user with the role `client` and without an address, and signs them in.
    /// When the session ends, no one can sign in as the guest again.
    ///
    /// # Errors
    /// 400 if the name is invalid, 403 `sign_in_disabled` or `sign_up_disabled`, 429
    /// `rate_limited`.
    pub async fn guest(
        &self,
        visitor: &Visitor,
        name: Option<String>,
        device: SessionDevice,
    ) -> Result<SignedIn> {
        let settings = enabled(&visitor.tenant).await?;
        if !settings.guests {
            return Err(Error::new(
                ErrorCode::SignUpDisabled,
                "The tenant allows no guests.",
            ));
        }
        if let Some(name) = &name {
            validation::name("/name", name)?;
        }
        let device = device.validated()?;
        let now = visitor.tenant.context().now();
        self.inner.flow_limits.count_client(visitor.address, now)?;
        let mut batch = visitor.tenant.batch();
        let user = users::insert_guest(&mut batch, name);
        let start = SessionStart {
            user,
            method: SignInMethod::Guest,
            device,
            is_new_user: true,
        };
        Ok(self.begin_session(visitor, batch, start).await??)
    }
}
