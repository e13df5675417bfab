use base::{Id, Timestamp};
use store::Json;

use super::AdminRole;
use crate::key_ring::Sealed;

store::collection! {
    /// An operator of the platform.
    pub struct PlatformAdmin: PlatformData "platform_admins" {
        /// E-mail address as given.
        email: String,
        /// Normalized e-mail address, by which the admin signs in.
        email_key: String,
        /// Display name.
        name: String,
        /// `owner`, `admin`, `support`, `billing` or `read_only`.
        role: AdminRole,
        /// Argon2id hash of the password with its parameters; absent before it is set.
        password_hash: Option<String>,
        /// Encrypted secret of the second factor; absent before the password is set.
        totp_secret: Option<Json<Sealed>>,
        /// Time step of the last code that was accepted; each code is accepted once.
        totp_step: Option<i64>,
        /// SHA-256 of the one-time code that sets password and second factor, in hexadecimal.
        setup_hash: Option<String>,
        /// Expiry of the one-time code.
        setup_expires_at: Option<Timestamp>,
        /// Failed sign-ins since the last successful one.
        failures: i64,
        /// Time until which the admin cannot sign in after too many failures.
        locked_until: Option<Timestamp>,
        /// Time of the last sign-in.
        last_login_at: Option<Timestamp>,
    }
    indexes {
        /// Finds the admin who signs in.
        by_email: Unique [email_key];
        /// Finds the admin of a one-time code.
        by_setup: UniqueWhenPresent [setup_hash];
        /// Lists the admins, oldest first.
        by_created: None [created_at];
    }
    personal: none("an operator of the platform is not a user of a tenant");
}

store::collection! {
    /// Number of owners, changed in the batch of each change of a role. There is one document.
    pub struct AdminRoster: PlatformData "admin_roster" {
        /// Number of admins with the role `owner`, at least one.
        owners: i64,
    }
    indexes {}
    personal: none("a count names no user");
}

store::collection! {
    /// A sign-in of a platform admin.
    pub struct AdminSession: PlatformData "admin_sessions" {
        /// The admin.
        admin_id: Id<PlatformAdmin>,
        /// SHA-256 of the session token, in hexadecimal.
        hash: String,
        /// Client address of the sign-in.
        address: Option<String>,
        /// `User-Agent` of the sign-in.
        user_agent: Option<String>,
        /// Expiry. The next sign-in of the admin removes expired sessions.
        expires_at: Timestamp,
    }
    indexes {
        /// Finds a session by the hash of its token.
        by_hash: Unique [hash];
        /// Lists the sessions of an admin, oldest first.
        by_admin: None [admin_id, created_at];
    }
    personal: none("an operator of the platform is not a user of a tenant");
}

store::collection! {
    /// A key with which a program calls the admin API.
    pub struct AdminKey: PlatformData "admin_keys" {
        /// Display name.
        name: String,
        /// Role of the key.
        role: AdminRole,
        /// SHA-256 of the key, in hexadecimal.
        hash: String,
        /// Last four characters of the key, for display.
        last4: String,
        /// Networks from which the key may be used, in CIDR notation; an empty list allows all.
        networks: Json<Vec<String>>,
        /// Expiry.
        expires_at: Option<Timestamp>,
        /// Time of the revocation.
        revoked_at: Option<Timestamp>,
        /// Time of the last use, to the minute.
        last_used_at: Option<Timestamp>,
    }
    indexes {
        /// Finds a key by the hash of its text.
        by_hash: Unique [hash];
        /// Lists the keys, oldest first.
        by_created: None [created_at];
    }
    personal: none("a key belongs to the platform");
}
