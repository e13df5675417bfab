use base::{Error, ErrorCode, Result};

store::string_enum! {
    /// Role of a platform admin or an admin key.
    pub enum AdminRole {
        /// Every operation, also on admins and admin keys.
        Owner = "owner",
        /// Every operation except on admins and admin keys.
        Admin = "admin",
        /// Reads everything and ends emergencies: suspends tenants and revokes keys.
        Support = "support",
        /// Reads tenants and changes their plan.
        Billing = "billing",
        /// Reads everything.
        ReadOnly = "read_only",
    }
}

/// Declares the operations of the admin API with the roles that may call them, and the action that
/// the audit log records or the reason why there is none.
macro_rules! operations {
    ($($operation:ident: [$($role:ident),*], $kind:ident($text:literal);)+) => {
        /// Operation of the admin API.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum AdminOperation {
            $(
                #[doc = concat!("`", stringify!($operation), "`.")]
                $operation,
            )+
        }

        impl AdminOperation {
            /// Every operation, in order.
            pub const ALL: &[Self] = &[$(Self::$operation),+];

            /// Returns the roles that may call the operation; none if it needs no credential.
            #[must_use]
            pub const fn roles(self) -> &'static [AdminRole] {
                match self { $(Self::$operation => &[$(AdminRole::$role),*]),+ }
            }

            /// Returns the action that the audit log records; `None` if it records none.
            #[must_use]
            pub const fn action(self) -> Option<&'static str> {
                match self { $(Self::$operation => action!($kind($text))),+ }
            }
        }
    };
}

/// Returns the action of a row of [`operations!`].
macro_rules! action {
    (audited($action:literal)) => {
        Some($action)
    };
    (none($reason:literal)) => {
        None
    };
}

// The rows are the handlers of the admin API; a role that is not listed gets 403.
operations! {
    SetUp: [], audited("admin.set_up");
    SignIn: [], audited("admin.signed_in");
    GetCurrentAdmin: [Owner, Admin, Support, Billing, ReadOnly], none("changes nothing");
    ListOwnSessions: [Owner, Admin, Support, Billing, ReadOnly], none("changes nothing");
    EndOwnSession: [Owner, Admin, Support, Billing, ReadOnly], audited("admin_session.ended");
    ListAdmins: [Owner, Admin, Support, ReadOnly], none("changes nothing");
    CreateAdmin: [Owner], audited("admin.created");
    UpdateAdmin: [Owner], audited("admin.updated");
    RemoveAdmin: [Owner], audited("admin.removed");
    ResetAdmin: [Owner], audited("admin.reset");
    ListAdminSessions: [Owner], none("changes nothing");
    EndAdminSession: [Owner], audited("admin_session.ended");
    ListAdminKeys: [Owner, Admin, Support, ReadOnly], none("changes nothing");
    CreateAdminKey: [Owner], audited("admin_key.created");
    RevokeAdminKey: [Owner], audited("admin_key.revoked");
    ListTenants: [Owner, Admin, Support, Billing, ReadOnly], none("changes nothing");
    CreateTenant: [Owner, Admin], audited("tenant.created");
    GetTenant: [Owner, Admin, Support, Billing, ReadOnly], none("changes nothing");
    UpdateTenant: [Owner, Admin, Billing], audited("tenant.updated");
    SuspendTenant: [Owner, Admin, Support], audited("tenant.suspended");
    ResumeTenant: [Owner, Admin], audited("tenant.resumed");
    ListApplications: [Owner, Admin, Support, ReadOnly], none("changes nothing");
    CreateApplication: [Owner, Admin], audited("application.created");
    GetApplication: [Owner, Admin, Support, ReadOnly], none("changes nothing");
    UpdateApplication: [Owner, Admin], audited("application.updated");
    RotateSigningSecret: [Owner, Admin], audited("application.secret_rotated");
    ListApiKeys: [Owner, Admin, Support, ReadOnly], none("changes nothing");
    CreateApiKey: [Owner, Admin], audited("api_key.created");
    RotateApiKey: [Owner, Admin], audited("api_key.rotated");
    RevokeApiKey: [Owner, Admin, Support], audited("api_key.revoked");
    ListBlockedIps: [Owner, Admin, Support, ReadOnly], none("changes nothing");
    BlockIp: [Owner, Admin, Support], audited("blocked_ip.created");
    UnblockIp: [Owner, Admin, Support], audited("blocked_ip.removed");
    ListTenantBlockedIps: [Owner, Admin, Support, ReadOnly], none("changes nothing");
    BlockTenantIp: [Owner, Admin, Support], audited("blocked_ip.created");
    UnblockTenantIp: [Owner, Admin, Support], audited("blocked_ip.removed");
    ListAllowedIps: [Owner, Admin, Support, ReadOnly], none("changes nothing");
    AllowIp: [Owner, Admin], audited("allowed_ip.created");
    RemoveAllowedIp: [Owner, Admin], audited("allowed_ip.removed");
    ListAuditLogs: [Owner, Admin, Support, ReadOnly], none("reads the log itself");
    ExportAuditLogs: [Owner, Admin, Support, ReadOnly], none("reads the log itself");
    VerifyAuditLogs: [Owner, Admin, Support, ReadOnly], none("reads the log itself");
    GetOpenapi: [], none("changes nothing");
}

impl AdminOperation {
    /// Succeeds if the role may call the operation.
    ///
    /// # Errors
    /// 403 `forbidden`.
    pub fn require(self, role: AdminRole) -> Result<()> {
        if self.roles().contains(&role) {
            return Ok(());
        }
        Err(Error::new(
            ErrorCode::Forbidden,
            format!("The role {role} does not allow this."),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owner_may_call_every_operation_and_others_no_more_than_an_owner() {
        for operation in AdminOperation::ALL {
            let roles = operation.roles();
            assert!(
                roles.is_empty() || roles.contains(&AdminRole::Owner),
                "{operation:?}"
            );
        }
    }

    #[test]
    fn only_owners_change_admins() {
        assert!(
            AdminOperation::CreateAdmin
                .require(AdminRole::Owner)
                .is_ok()
        );
        let denied = AdminOperation::CreateAdmin.require(AdminRole::Admin);
        assert_eq!(denied.unwrap_err().code, ErrorCode::Forbidden);
    }
}
