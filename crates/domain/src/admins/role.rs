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

/// Declares the operations of the admin API with the roles that may call them.
macro_rules! operations {
    ($($operation:ident: [$($role:ident),*];)+) => {
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
        }
    };
}

// The rows are the handlers of the admin API; a role that is not listed gets 403.
operations! {
    SetUp: [];
    SignIn: [];
    GetCurrentAdmin: [Owner, Admin, Support, Billing, ReadOnly];
    ListOwnSessions: [Owner, Admin, Support, Billing, ReadOnly];
    EndOwnSession: [Owner, Admin, Support, Billing, ReadOnly];
    ListAdmins: [Owner, Admin, Support, ReadOnly];
    CreateAdmin: [Owner];
    UpdateAdmin: [Owner];
    RemoveAdmin: [Owner];
    ResetAdmin: [Owner];
    ListAdminSessions: [Owner];
    EndAdminSession: [Owner];
    ListAdminKeys: [Owner, Admin, Support, ReadOnly];
    CreateAdminKey: [Owner];
    RevokeAdminKey: [Owner];
    ListTenants: [Owner, Admin, Support, Billing, ReadOnly];
    CreateTenant: [Owner, Admin];
    GetTenant: [Owner, Admin, Support, Billing, ReadOnly];
    UpdateTenant: [Owner, Admin, Billing];
    SuspendTenant: [Owner, Admin, Support];
    ResumeTenant: [Owner, Admin];
    ListApplications: [Owner, Admin, Support, ReadOnly];
    CreateApplication: [Owner, Admin];
    GetApplication: [Owner, Admin, Support, ReadOnly];
    UpdateApplication: [Owner, Admin];
    RotateSigningSecret: [Owner, Admin];
    ListApiKeys: [Owner, Admin, Support, ReadOnly];
    CreateApiKey: [Owner, Admin];
    RotateApiKey: [Owner, Admin];
    RevokeApiKey: [Owner, Admin, Support];
    ListBlockedIps: [Owner, Admin, Support, ReadOnly];
    BlockIp: [Owner, Admin, Support];
    UnblockIp: [Owner, Admin, Support];
    ListTenantBlockedIps: [Owner, Admin, Support, ReadOnly];
    BlockTenantIp: [Owner, Admin, Support];
    UnblockTenantIp: [Owner, Admin, Support];
    ListAllowedIps: [Owner, Admin, Support, ReadOnly];
    AllowIp: [Owner, Admin];
    RemoveAllowedIp: [Owner, Admin];
    GetOpenapi: [];
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
