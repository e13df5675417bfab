//! Mails to users: what is written into the outbox with its cause, and the text that is sent.

mod collections;
mod template;

use base::{Id, ObjectId, Result, TenantId, limit};
use serde::{Deserialize, Serialize};
use store::{Batch, Collection, CommitError, Declaration, Entity, TenantData, TenantStore};
use zeroize::Zeroizing;

pub use collections::MailboxMessage;
pub use template::{RenderedMail, render};

use crate::identity::User;
use crate::key_ring::{EncryptionContext, KeyRing, Sealed};
use crate::outbox::{self, Outbox, Task, TaskKind};
use crate::tenants::Application;

/// Collections of the module.
pub(crate) const COLLECTIONS: &[&Declaration] = &[MailboxMessage::DECLARATION];

/// Kind of a mail, which selects its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    /// Code that completes a sign-up.
    SignUpCode,
    /// Notice about a sign-up with the address of an existing account.
    AccountExists,
    /// Code that signs in.
    SignInCode,
    /// Code that resets the password.
    RecoveryCode,
    /// Code that confirms a new address.
    EmailChangeCode,
    /// Notice to the previous address about a new one.
    EmailChanged,
    /// Notice about a new password.
    PasswordChanged,
}

impl MailKind {
    /// Returns whether the mail contains a code.
    #[must_use]
    pub const fn has_code(self) -> bool {
        matches!(
            self,
            Self::SignUpCode | Self::SignInCode | Self::RecoveryCode | Self::EmailChangeCode
        )
    }
}

/// An encrypted code, which only the mail shows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SecretCode {
    /// Flow that the code is bound to.
    flow: ObjectId,
    sealed: Sealed,
}

/// Encrypts the code of a flow.
///
/// # Errors
/// 500 if the encryption fails.
pub(crate) fn seal_code(
    key_ring: &KeyRing,
    tenant: TenantId,
    flow: ObjectId,
    code: &str,
) -> Result<SecretCode> {
    let sealed = key_ring.seal(&bound(tenant, flow), code.as_bytes())?;
    Ok(SecretCode { flow, sealed })
}

fn bound(tenant: TenantId, flow: ObjectId) -> EncryptionContext {
    EncryptionContext {
        collection: "auth_flows",
        tenant,
        id: flow,
        field: "code",
    }
}

/// Outbox task that sends a mail.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Mail {
    /// Address of the recipient.
    pub to: String,
    /// Kind.
    pub kind: MailKind,
    /// User whom the mail concerns.
    pub user: Option<Id<User>>,
    /// Application, whose name the mail shows.
    pub application: Id<Application>,
    /// Language of the text.
    pub language: Option<String>,
    /// Code that the mail shows.
    pub code: Option<SecretCode>,
}

impl Task for Mail {
    const KIND: TaskKind = TaskKind::SendMail;

    fn user(&self) -> Option<Id<User>> {
        self.user
    }
}

impl Mail {
    /// Returns the code in clear.
    ///
    /// # Errors
    /// 500 if it was encrypted under another master key.
    pub fn open_code(
        &self,
        key_ring: &KeyRing,
        tenant: TenantId,
    ) -> Result<Option<Zeroizing<String>>> {
        let Some(code) = &self.code else {
            return Ok(None);
        };
        let bytes = key_ring.open(&bound(tenant, code.flow), &code.sealed)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(Some(Zeroizing::new(text)))
    }
}

/// Sends a mail once the batch is committed.
pub(crate) fn send(batch: &mut Batch<TenantData>, mail: Mail) {
    outbox::put(batch, &mail);
}

/// Returns a notice to the address of a user.
pub(crate) fn notice(
    kind: MailKind,
    user: &Entity<User>,
    application: Id<Application>,
    language: Option<String>,
) -> Mail {
    Mail {
        to: user.email.clone().unwrap_or_default(),
        kind,
        user: Some(user.id),
        application,
        language,
        code: None,
    }
}

/// Stores a mail in the development mailbox. Idempotent per task.
///
/// # Errors
/// 503 if the store is unavailable.
pub async fn deliver_to_mailbox(
    tenant: &TenantStore,
    task: Id<Outbox>,
    mail: &Mail,
    rendered: RenderedMail,
) -> Result<()> {
    let mut batch = tenant.batch();
    let sent_at = batch.now();
    let RenderedMail {
        subject,
        text,
        html,
    } = rendered;
    let message = MailboxMessage {
        user_id: mail.user,
        to: mail.to.clone(),
        subject,
        text,
        html,
        sent_at,
        expires_at: sent_at.plus_millis(limit::signed(limit::MAILBOX_SECONDS) * 1_000),
    };
    batch.insert_as(Id::new(task.object_id()), message);
    match tenant.commit(batch).await {
        // An earlier attempt has stored it.
        Err(CommitError::Conflict { .. }) => Ok(()),
        committed => Ok(committed?),
    }
}

/// Lists the newest mails of the development mailbox, newest first.
///
/// # Errors
/// 503 if the store is unavailable.
pub async fn list_mailbox(tenant: &TenantStore) -> Result<Vec<Entity<MailboxMessage>>> {
    let query = MailboxMessage::by_sent.all().backward().limit(limit::PAGE);
    Ok(tenant.list(query).await?.items)
}
