use std::fmt;

macro_rules! codes {
    ($($(#[doc = $meaning:literal])+ $variant:ident = $status:literal $text:literal;)+) => {
        /// The closed list of stable error codes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ErrorCode {
            $($(#[doc = $meaning])+ $variant,)+
        }

        impl ErrorCode {
            /// Every code, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The code as clients see it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The HTTP status that goes with the code, decided here only.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status),+ }
            }

            /// What the code means, as the documentation says it and as the title of a problem.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => concat!($($meaning),+).trim_ascii()),+ }
            }
        }
    };
}

codes! {
    /// The request is not well formed.
    InvalidRequest = 400 "invalid_request";
    /// The cursor was not handed out by this list.
    InvalidCursor = 400 "invalid_cursor";
    /// No valid credential was given.
    Unauthenticated = 401 "unauthenticated";
    /// The token has ended.
    TokenExpired = 401 "token_expired";
    /// The credential was revoked.
    Revoked = 401 "credential_revoked";
    /// The credential does not allow this.
    Forbidden = 403 "forbidden";
    /// The API key lacks the scope.
    ScopeMissing = 403 "scope_missing";
    /// The origin is not one of the application's.
    OriginNotAllowed = 403 "origin_not_allowed";
    /// The tenant is suspended.
    TenantSuspended = 403 "tenant_suspended";
    /// The user is deactivated.
    UserDeactivated = 403 "user_deactivated";
    /// One of the two users has blocked the other.
    UserBlocked = 403 "user_blocked";
    /// The user is banned from the conversation.
    UserBanned = 403 "user_banned";
    /// The user does not take part in the conversation.
    NotAParticipant = 403 "not_a_participant";
    /// The role in the conversation does not allow this.
    RoleNotAllowed = 403 "role_not_allowed";
    /// There is nothing at this path.
    RouteNotFound = 404 "route_not_found";
    /// There is no such tenant.
    TenantNotFound = 404 "tenant_not_found";
    /// There is no such application.
    ApplicationNotFound = 404 "application_not_found";
    /// There is no such API key.
    ApiKeyNotFound = 404 "api_key_not_found";
    /// There is no such user.
    UserNotFound = 404 "user_not_found";
    /// There is no such device.
    DeviceNotFound = 404 "device_not_found";
    /// There is no such conversation.
    ConversationNotFound = 404 "conversation_not_found";
    /// There is no such participant.
    ParticipantNotFound = 404 "participant_not_found";
    /// There is no such message.
    MessageNotFound = 404 "message_not_found";
    /// There is no such reaction.
    ReactionNotFound = 404 "reaction_not_found";
    /// There is no such ban.
    BanNotFound = 404 "ban_not_found";
    /// There is no such app data.
    AppDataNotFound = 404 "app_data_not_found";
    /// There is no such erasure.
    ErasureNotFound = 404 "erasure_not_found";
    /// The path does not know this method.
    MethodNotAllowed = 405 "method_not_allowed";
    /// The request took too long to arrive.
    RequestTimeout = 408 "request_timeout";
    /// The object has changed since it was read.
    VersionConflict = 409 "version_conflict";
    /// The idempotency key was used with another request.
    IdempotencyKeyReused = 409 "idempotency_key_reused";
    /// The client message id was used with another message.
    ClientMessageIdReused = 409 "client_message_id_reused";
    /// The external id belongs to another object.
    ExternalIdTaken = 409 "external_id_taken";
    /// The e-mail address belongs to another user.
    EmailTaken = 409 "email_taken";
    /// The user is being erased.
    UserErased = 409 "user_erased";
    /// A legal hold keeps what would go.
    LegalHold = 409 "legal_hold";
    /// The user is the last owner of the conversation.
    LastOwner = 409 "last_owner";
    /// The object's state does not allow this.
    StateConflict = 409 "state_conflict";
    /// The body is larger than allowed.
    PayloadTooLarge = 413 "payload_too_large";
    /// The content type is not supported.
    UnsupportedMediaType = 415 "unsupported_media_type";
    /// A limit of the product is reached.
    LimitReached = 422 "limit_reached";
    /// The path serves upgraded connections only.
    UpgradeRequired = 426 "upgrade_required";
    /// Too many requests.
    RateLimited = 429 "rate_limited";
    /// Something failed on our side.
    Internal = 500 "internal";
    /// The store or a queue cannot take the request now.
    Unavailable = 503 "unavailable";
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
