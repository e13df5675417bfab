//! Platform admins: accounts, sign-in, sessions, admin keys, and the table of roles and operations.

mod account;
mod collections;
mod context;
mod key;
mod role;
mod sign_in;
#[cfg(test)]
mod tests;
mod totp;

use store::{Collection, Declaration};

pub use account::{
    AdminChanges, InvitedAdmin, NewAdmin, SetUpAdmin, create_admin, find_admin, get_admin,
    list_admins, remove_admin, reset_admin, set_up, update_admin,
};
pub use collections::{AdminKey, AdminRoster, AdminSession, PlatformAdmin};
pub use context::{AdminContext, AdminPrincipal};
pub use key::{CreatedAdminKey, NewAdminKey, create_admin_key, list_admin_keys, revoke_admin_key};
pub use role::{AdminOperation, AdminRole};
pub use sign_in::{SignIn, StartedSession, end_session, list_sessions, sign_in};

/// Collections of the module.
pub(crate) const COLLECTIONS: &[&Declaration] = &[
    PlatformAdmin::DECLARATION,
    AdminRoster::DECLARATION,
    AdminSession::DECLARATION,
    AdminKey::DECLARATION,
];
