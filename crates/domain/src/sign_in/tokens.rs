use base::{Id, Result, Timestamp, limit};
use store::{Batch, CommitError, Entity, TenantData};

use super::{SignIn, Visitor, enabled};
use crate::auth::mint_session_token;
use crate::outbox::{self, Task, TaskKind};
use crate::sessions::{
    self, NewSession, RefreshToken, Session, SessionDevice, SessionEnd, SignInMethod,
};
use crate::tenants::show_application;
use crate::users::User;
use crate::validation;

/// Tokens of a session.
pub struct SignedIn {
    /// The session.
    pub session: Entity<Session>,
    /// The user.
    pub user: Entity<User>,
    /// Token for requests.
    pub access_token: String,
    /// Expiry of the access token.
    pub access_expires_at: Timestamp,
    /// Token that replaces both tokens.
    pub refresh_token: RefreshToken,
}

impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SignedIn({}, {})", self.user.id, self.session.id)
    }
}

/// A session to begin with the other writes of a sign-in.
#[derive(Debug)]
pub(super) struct SessionStart {
    pub(super) user: Entity<User>,
    pub(super) method: SignInMethod,
    pub(super) device: SessionDevice,
    /// Whether the user is created in the same batch.
    pub(super) is_new_user: bool,
}

/// Outbox task that records the analytics event of a sign-in.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct RecordLogin {
    /// The user.
    pub user: Id<User>,
    /// The session.
    pub session: Id<Session>,
    /// The application, as events name it.
    pub app_id: String,
    /// Method of the sign-in.
    pub method: String,
    /// Time of the sign-in.
    pub at: Timestamp,
}

impl Task for RecordLogin {
    const KIND: TaskKind = TaskKind::RecordLogin;

    fn user(&self) -> Option<Id<User>> {
        Some(self.user)
    }
}

impl SignIn {
    /// Begins a session in the batch of a sign-in, and commits it. The user's earlier session on
    /// the same device ends, and the least recently used one if there are too many.
    pub(super) async fn begin_session(
        &self,
        visitor: &Visitor,
        mut batch: Batch<TenantData>,
        start: SessionStart,
    ) -> Result<Result<SignedIn, CommitError>> {
        let SessionStart {
            user,
            method,
            device,
            is_new_user,
        } = start;
        let tenant = &visitor.tenant;
        if !is_new_user {
            for replaced in replaced_sessions(visitor, user.id, device.device_id.as_deref()).await?
            {
                sessions::end_in(&mut batch, &replaced, SessionEnd::Replaced);
            }
            let now = batch.now();
            batch.raise(user.id, User::last_login_at, now);
        }
        let id: Id<Session> = tenant.context().new_id();
        let new = NewSession {
            application: &visitor.application,
            user: &user,
            method,
            device,
            address: visitor.address,
            user_agent: visitor.user_agent.clone(),
        };
        let (session, refresh_token) = sessions::begin(&mut batch, &self.inner.key_ring, id, new);
        let login = RecordLogin {
            user: user.id,
            session: session.id,
            app_id: show_application(visitor.application.id),
            method: method.as_str().to_owned(),
            at: batch.now(),
        };
        outbox::put(&mut batch, &login);
        let (access_token, access_expires_at) = mint_session_token(
            &self.inner.key_ring,
            &visitor.application,
            &session,
            session.created_at,
        )?;
        if let Err(error) = tenant.commit(batch).await {
            return Ok(Err(error));
        }
        Ok(Ok(SignedIn {
            session,
            user,
            access_token,
            access_expires_at,
            refresh_token,
        }))
    }

    /// Replaces the tokens of a session.
    ///
    /// # Errors
    /// 401 `refresh_token_invalid` or `refresh_token_reused`, 403 `sign_in_disabled` or
    /// `user_deactivated`.
    pub async fn refresh(&self, visitor: &Visitor, text: &str) -> Result<SignedIn> {
        enabled(&visitor.tenant).await?;
        let key_ring = &self.inner.key_ring;
        validation::line("/refresh_token", text, limit::REFRESH_TOKEN_LENGTH)?;
        let presented = RefreshToken::parse(text).ok_or_else(sessions::refresh_token_invalid)?;
        // Revocations of the application are read, since the cache may be behind.
        let platform = self.inner.store.platform();
        let application =
            crate::tenants::get_application(&platform, visitor.application.id).await?;
        let refreshed = sessions::refresh(
            &visitor.tenant,
            key_ring,
            &application,
            &presented,
            visitor.address,
        )
        .await?;
        let (access_token, access_expires_at) = mint_session_token(
            key_ring,
            &application,
            &refreshed.session,
            visitor.tenant.context().now(),
        )?;
        Ok(SignedIn {
            session: refreshed.session,
            user: refreshed.user,
            access_token,
            access_expires_at,
            refresh_token: refreshed.token,
        })
    }
}

/// Returns the sessions that a new one replaces.
async fn replaced_sessions(
    visitor: &Visitor,
    user: Id<User>,
    device_id: Option<&str>,
) -> Result<Vec<Entity<Session>>> {
    let mut sessions = sessions::list(&visitor.tenant, user).await?;
    sessions.sort_by_key(|session| session.last_used_at);
    let excess = (sessions.len() + 1).saturating_sub(limit::USER_SESSIONS);
    let is_replaced = |at: usize, session: &Session| {
        let same_device = device_id.is_some() && session.device_id.as_deref() == device_id;
        at < excess || (same_device && session.application_id == visitor.application.id)
    };
    let numbered = sessions.into_iter().enumerate();
    let replaced = numbered.filter(|(at, session)| is_replaced(*at, session));
    Ok(replaced.map(|(_, session)| session).collect())
}
