//! Types of the admin API.

mod account;
mod application;
mod audit;
mod ip_rule;
mod session;
mod tenant;

pub use account::{
    Admin, AdminInvitation, AdminKey, AdminPatch, AdminRole, AdminSetUp, CurrentAdmin, NewAdmin,
    NewAdminKey, SetUpRequest,
};
pub use application::{
    AdminApplication, ApplicationPatch, ApplicationSettings, KeyRotation, NewApiKey,
    NewApplication, SecretRotation,
};
pub use audit::{AuditActorType, AuditEntry, AuditOutcome, AuditVerification};
pub use ip_rule::{AllowedNetwork, BlockedNetwork, NewAllowedNetwork, NewBlockedNetwork};
pub use session::{AdminSession, NewAdminSession, StartedAdminSession};
pub use tenant::{NewTenant, TenantPatch};
