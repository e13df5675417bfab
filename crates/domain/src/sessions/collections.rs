use base::{Id, Timestamp};

use crate::identity::User;
use crate::tenants::Application;

store::string_enum! {
    /// Method with which a user signed in.
    pub enum SignInMethod {
        /// Password.
        Password = "password",
        /// One-time code by e-mail.
        Code = "code",
        /// Sign-up with a verified address.
        SignUp = "sign_up",
        /// Password reset by e-mail.
        Recovery = "recovery",
        /// Guest account.
        Guest = "guest",
    }
}

store::collection! {
    /// A session: the sign-in of a user on one device. An ended session is removed.
    pub struct Session: TenantData "user_sessions" {
        /// The user who is signed in.
        user_id: Id<User>,
        /// Application that the user signed in to.
        application_id: Id<Application>,
        /// Device of the session, as the client calls it.
        device_id: Option<String>,
        /// Display name, set by the client.
        name: Option<String>,
        /// Address of the client at the last use.
        address: Option<String>,
        /// Value of the `User-Agent` header at the sign-in.
        user_agent: Option<String>,
        /// Method of the sign-in.
        method: SignInMethod,
        /// Number of the current refresh token, starting at 1.
        generation: i64,
        /// SHA-256 of the current refresh token.
        token_hash: String,
        /// SHA-256 of the previous refresh token, which is accepted for a short time.
        previous_hash: Option<String>,
        /// Time from which the current refresh token is valid.
        rotated_at: Timestamp,
        /// Token generation of the user at the sign-in.
        user_generation: i64,
        /// Session generation of the user at the sign-in.
        session_generation: i64,
        /// Token generation of the application at the sign-in.
        application_generation: i64,
        /// Later revocation time of user and application at the sign-in.
        revoked_before: Timestamp,
        /// Time of the sign-in.
        signed_in_at: Timestamp,
        /// Time of the last refresh.
        last_used_at: Timestamp,
        /// End of the session, if it is not used before.
        expires_at: Timestamp,
    }
    expires: expires_at;
    watched: true;
    indexes {
        /// Lists the sessions of a user.
        by_user: None [user_id];
    }
    personal {
        user_id: purge by by_user;
    }
}
