use base::{Id, Timestamp};

use crate::identity::User;
use crate::tenants::Application;

store::string_enum! {
    /// Purpose of a pending flow.
    pub enum FlowKind {
        /// Creates an account, or adds one to an existing user.
        SignUp = "sign_up",
        /// Signs in with a one-time code.
        Code = "code",
        /// Sets a new password.
        Recovery = "recovery",
        /// Changes the e-mail address.
        EmailChange = "email_change",
    }
}

store::collection! {
    /// An external account of a user: a provider and the user's id there.
    pub struct UserIdentity: TenantData "user_identities" {
        /// The user.
        user_id: Id<User>,
        /// Name of the provider.
        provider: String,
        /// Issuer of the id; the provider's name for a provider without one.
        issuer: String,
        /// The user's id at the issuer.
        subject: String,
        /// Time of the last sign-in.
        last_used_at: Option<Timestamp>,
    }
    indexes {
        /// Lists the identities of a user; one per provider.
        by_user: Unique [user_id, provider];
        /// Finds the user of an identity, which belongs to one user.
        by_subject: Unique [issuer, subject];
    }
    personal {
        user_id: purge by by_user;
    }
}

store::collection! {
    /// The password of a user. Never returned or exported.
    pub struct Credential: TenantData "user_credentials" {
        /// The user.
        user_id: Id<User>,
        /// Hash of the password, with its algorithm and parameters.
        password_hash: String,
        /// Time of the last change.
        changed_at: Timestamp,
    }
    indexes {
        by_user: Unique [user_id];
    }
    personal {
        user_id: purge by by_user, exported: false;
    }
}

store::collection! {
    /// A pending flow: what a client started and a code from a mail completes.
    pub struct Flow: TenantData "auth_flows" {
        /// Purpose.
        kind: FlowKind,
        /// Application of the client.
        application_id: Id<Application>,
        /// User of the flow; absent if there is none yet.
        user_id: Option<Id<User>>,
        /// SHA-256 of the token that the starting client received.
        token_hash: String,
        /// Keyed hash of the code; absent if no code was sent, so that none is correct.
        code_hash: Option<String>,
        /// Time until which the code is accepted.
        code_expires_at: Timestamp,
        /// Number of codes entered since the last one was sent.
        attempts: i64,
        /// Number of codes that were sent.
        sent: i64,
        /// E-mail address as given.
        email: String,
        /// Display name of the account to create.
        name: Option<String>,
        /// Hash of the password of the account to create.
        password_hash: Option<String>,
        /// Language of mails.
        language: Option<String>,
        /// End of the flow.
        expires_at: Timestamp,
    }
    expires: expires_at;
    indexes {
        /// Finds the flow of a client.
        by_token: Unique [token_hash];
        /// Finds the pending flows of a user.
        by_user: None [user_id];
    }
    personal {
        user_id: purge by by_user, exported: false;
    }
}
