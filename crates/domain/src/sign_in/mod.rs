//! Sign-in with accounts of this server: sign-up, passwords, one-time codes and external
//! identities.

mod collections;
mod email_change;
mod failures;
mod flow;
mod flow_limits;
mod guest;
mod identities;
mod password_change;
mod password_policy;
mod passwords;
mod recovery;
mod sign_up;
mod tokens;
mod verify;
mod with_code;
mod with_password;

use std::sync::Arc;

use base::{ClientAddress, Error, ErrorCode, Result};
use store::{Collection, Declaration, Entity, Store, TenantStore};

use crate::key_ring::KeyRing;
use crate::settings::{self, CurrentSettings, SignUpMode};
use crate::tenants::Application;
pub use collections::{Credential, Flow, FlowKind, UserIdentity};
use failures::Failures;
pub use flow::StartedFlow;
use flow_limits::FlowLimits;
pub use identities::{
    NewIdentity, find_user_by_identity, link_identity, list_identities, unlink_identity,
};
pub use password_change::PasswordChange;
pub use passwords::{InvalidCost, PasswordCost, Passwords};
pub use sign_up::NewAccount;
pub use tokens::{RecordLogin, SignedIn};
pub use with_password::PasswordSignIn;

/// Collections of the module.
pub(crate) const COLLECTIONS: &[&Declaration] = &[
    UserIdentity::DECLARATION,
    Credential::DECLARATION,
    Flow::DECLARATION,
];

/// A client that presents the publishable key of an application.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Handle of the application's tenant.
    pub tenant: TenantStore,
    /// The application.
    pub application: Arc<Entity<Application>>,
    /// Address of the client.
    pub address: ClientAddress,
    /// Value of the `User-Agent` header.
    pub user_agent: Option<String>,
}

/// Signs users in. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SignIn {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    key_ring: KeyRing,
    passwords: Passwords,
    failures: Failures,
    flow_limits: FlowLimits,
}

impl SignIn {
    /// Creates the service over an open store.
    #[must_use]
    pub fn new(store: Store, key_ring: KeyRing, passwords: Passwords) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                key_ring,
                passwords,
                failures: Failures::new(),
                flow_limits: FlowLimits::new(),
            }),
        }
    }
}

/// Returns the settings of a tenant whose users sign in here.
///
/// # Errors
/// 403 `sign_in_disabled`.
async fn enabled(tenant: &TenantStore) -> Result<CurrentSettings> {
    let settings = settings::get(tenant).await?;
    if settings.sign_in {
        return Ok(settings);
    }
    Err(Error::new(
        ErrorCode::SignInDisabled,
        "The tenant does not use sign-in; its server mints user tokens.",
    ))
}

/// Returns whether anyone may create an account.
fn is_sign_up_open(settings: &CurrentSettings) -> bool {
    settings.sign_up == SignUpMode::Open
}
