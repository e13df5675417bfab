use base::{Error, ErrorCode, Id, Result, Timestamp, limit};
use sha2::{Digest, Sha256};
use store::{Changes, CommitError, Entity, TenantStore, Update};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{Flow, FlowKind, SignIn, Visitor};
use crate::mail::{self, MailKind, SecretCode};
use crate::tenants::push_secret;
use crate::users::User;
use crate::validation;

/// Prefix of every flow token.
const PREFIX: &str = "caas_fl_";

/// Number of different codes: those with [`limit::CODE_DIGITS`] digits.
const CODES: u64 = 100_000_000;

/// A flow that a client started. It is the same for known and unknown addresses.
#[derive(Clone)]
pub struct StartedFlow {
    /// Token with which the client continues the flow.
    pub token: Zeroizing<String>,
    /// Time until which the code is accepted.
    pub code_expires_at: Timestamp,
    /// End of the flow.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for StartedFlow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StartedFlow(until {})", self.expires_at)
    }
}

/// A flow to start.
#[derive(Debug)]
pub(super) struct NewFlow {
    pub(super) kind: FlowKind,
    /// User of the flow, if there is one.
    pub(super) user: Option<Id<User>>,
    pub(super) email: String,
    pub(super) name: Option<String>,
    pub(super) password_hash: Option<String>,
    pub(super) language: Option<String>,
    /// Mail to send; it contains the code if its kind has one.
    pub(super) mail: Option<MailKind>,
    /// Lifetime of the flow in seconds.
    pub(super) seconds: usize,
}

impl SignIn {
    /// Stores a flow and the task that sends its mail, in one commit.
    pub(super) async fn start(&self, visitor: &Visitor, new: NewFlow) -> Result<StartedFlow> {
        let tenant = &visitor.tenant;
        let context = tenant.context();
        let mut token = Zeroizing::new(PREFIX.to_owned());
        push_secret(&mut token, context);
        let token_hash = hash_of_token(&token);
        let id: Id<Flow> = context.new_id();
        let has_code = new.mail.is_some_and(MailKind::has_code);
        let code = has_code.then(|| self.new_code(tenant, id)).transpose()?;
        let mut batch = tenant.batch();
        let now = batch.now();
        let code_expires_at = now.plus_millis(limit::signed(limit::CODE_SECONDS) * 1_000);
        let expires_at = now.plus_millis(limit::signed(new.seconds) * 1_000);
        let flow = Flow {
            kind: new.kind,
            application_id: visitor.application.id,
            user_id: new.user,
            token_hash,
            code_hash: code.as_ref().map(|code| code.hash.clone()),
            code_expires_at,
            attempts: 0,
            sent: 1,
            email: new.email,
            name: new.name,
            password_hash: new.password_hash,
            language: new.language,
            expires_at,
        };
        if let Some(kind) = new.mail {
            let secret = code.map(|code| code.secret);
            mail::send(&mut batch, mail_of(&flow, kind, secret));
        }
        batch.insert_as(id, flow);
        tenant.commit(batch).await?;
        Ok(StartedFlow {
            token,
            code_expires_at,
            expires_at,
        })
    }

    /// Counts a flow that sends a mail to an address, whether or not it is known.
    pub(super) fn count_flow(&self, visitor: &Visitor, email: &str) -> Result<()> {
        let now = visitor.tenant.context().now();
        let key = validation::email_key(email);
        let limits = &self.inner.flow_limits;
        limits.count_mail(visitor.tenant.id(), &key, visitor.address, now)
    }

    /// Sends a new code. Without a code, as for an address that cannot continue, nothing is sent
    /// and the result is the same.
    ///
    /// # Errors
    /// 403 `code_invalid` for an unknown or expired flow, 429 `rate_limited` if a code was sent a
    /// moment ago or too often.
    pub async fn resend(&self, visitor: &Visitor, token: &str) -> Result<StartedFlow> {
        super::enabled(&visitor.tenant).await?;
        let tenant = &visitor.tenant;
        let flow = find(visitor, token).await?.ok_or_else(code_invalid)?;
        let now = tenant.context().now();
        let sent_at = flow
            .code_expires_at
            .plus_millis(-limit::signed(limit::CODE_SECONDS) * 1_000);
        let next = sent_at.plus_millis(limit::signed(limit::CODE_RESEND_SECONDS) * 1_000);
        if now < next || flow.sent >= limit::signed(limit::FLOW_CODES) {
            let wait = if now < next { next } else { flow.expires_at };
            let wait = u64::try_from(wait.millis() - now.millis()).unwrap_or_default();
            let message = "A code was sent already; retry later.";
            return Err(Error::new(ErrorCode::RateLimited, message).retry_after_ms(wait));
        }
        let code = flow
            .code_hash
            .is_some()
            .then(|| self.new_code(tenant, flow.id))
            .transpose()?;
        let mut batch = tenant.batch();
        let code_expires_at = now.plus_millis(limit::signed(limit::CODE_SECONDS) * 1_000);
        let changes = Changes::new()
            .put(Flow::code_hash, code.as_ref().map(|code| code.hash.clone()))
            .set(Flow::code_expires_at, code_expires_at)
            .set(Flow::attempts, 0)
            .set(Flow::sent, flow.sent + 1);
        batch.update(flow.id, Update::of(changes).expecting_version(flow.version));
        if let Some(code) = code {
            mail::send(
                &mut batch,
                mail_of(&flow, mail_kind(flow.kind), Some(code.secret)),
            );
        }
        match tenant.commit(batch).await {
            Ok(()) => Ok(StartedFlow {
                token: Zeroizing::new(token.to_owned()),
                code_expires_at,
                expires_at: flow.expires_at,
            }),
            Err(CommitError::PreconditionFailed { .. }) => Err(code_invalid()),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the flow of a token if the code is correct. Each call counts as an attempt before
    /// the code is compared, so that concurrent guesses do not exceed the limit.
    ///
    /// # Errors
    /// 403 `code_invalid`.
    pub(super) async fn redeem(
        &self,
        visitor: &Visitor,
        token: &str,
        code: &str,
    ) -> Result<Entity<Flow>> {
        let tenant = &visitor.tenant;
        check_code(code)?;
        let flow = find(visitor, token).await?.ok_or_else(code_invalid)?;
        if flow.attempts >= limit::signed(limit::CODE_ATTEMPTS) {
            return Err(code_invalid());
        }
        let mut batch = tenant.batch();
        let changes = Changes::new().set(Flow::attempts, flow.attempts + 1);
        let update = Update::of(changes).expecting(Flow::attempts, Some(flow.attempts));
        batch.update(flow.id, update);
        match tenant.commit(batch).await {
            Ok(()) => {}
            Err(CommitError::PreconditionFailed { .. }) => return Err(code_invalid()),
            Err(error) => return Err(error.into()),
        }
        let given = self.hash_of_code(flow.id, code);
        let is_correct = flow.code_hash.as_ref().is_some_and(|stored| {
            let is_equal: bool = stored.as_bytes().ct_eq(given.as_bytes()).into();
            is_equal
        });
        if is_correct && tenant.context().now() < flow.code_expires_at {
            Ok(flow)
        } else {
            Err(code_invalid())
        }
    }

    fn new_code(&self, tenant: &TenantStore, flow: Id<Flow>) -> Result<NewCode> {
        let number = u64::from_be_bytes(tenant.context().random()) % CODES;
        let digits = limit::CODE_DIGITS;
        let code = Zeroizing::new(format!("{number:0digits$}"));
        let hash = self.hash_of_code(flow, &code);
        let secret = mail::seal_code(&self.inner.key_ring, tenant.id(), flow.object_id(), &code)?;
        Ok(NewCode { hash, secret })
    }

    /// Returns the keyed hash of a code, which is too short for a plain hash.
    fn hash_of_code(&self, flow: Id<Flow>, code: &str) -> String {
        let flow = flow.object_id();
        let parts: [&[u8]; 3] = [b"auth_flows.code", &flow.0, code.as_bytes()];
        self.inner.key_ring.fingerprint(&parts)
    }
}

struct NewCode {
    hash: String,
    secret: SecretCode,
}

/// Returns the mail of a flow.
fn mail_of(flow: &Flow, kind: MailKind, code: Option<SecretCode>) -> mail::Mail {
    mail::Mail {
        to: flow.email.clone(),
        kind,
        user: flow.user_id,
        application: flow.application_id,
        language: flow.language.clone(),
        code,
    }
}

/// Returns the mail with the code of a flow.
const fn mail_kind(kind: FlowKind) -> MailKind {
    match kind {
        FlowKind::SignUp => MailKind::SignUpCode,
        FlowKind::Code => MailKind::SignInCode,
        FlowKind::Recovery => MailKind::RecoveryCode,
        FlowKind::EmailChange => MailKind::EmailChangeCode,
    }
}

/// Checks the form of a code.
fn check_code(code: &str) -> Result<()> {
    if code.len() == limit::CODE_DIGITS && code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    let message = format!("must have {} digits", limit::CODE_DIGITS);
    Err(Error::invalid("/code", message))
}

/// Returns the flow of a token that the application's client started.
async fn find(visitor: &Visitor, token: &str) -> Result<Option<Entity<Flow>>> {
    validation::line("/flow", token, limit::FLOW_TOKEN_LENGTH)?;
    let query = Flow::by_token.eq(Flow::token_hash, hash_of_token(token));
    let found = visitor.tenant.find(query).await?;
    let now = visitor.tenant.context().now();
    Ok(found.filter(|flow| flow.application_id == visitor.application.id && now < flow.expires_at))
}

fn hash_of_token(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// Returns the error for a code that does not complete its flow.
pub(super) fn code_invalid() -> Error {
    Error::new(
        ErrorCode::CodeInvalid,
        "The code is wrong, was used, or has expired; request a new one.",
    )
}
