use std::fmt;

macro_rules! codes {
    ($($(#[doc = $meaning:literal])+ $variant:ident = $status:literal $text:literal;)+) => {
        /// The closed list of stable error codes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ErrorCode {
            $($(#[doc = $meaning])+ $variant,)+
        }

        impl ErrorCode {
            /// All codes, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Returns the code as clients receive it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Returns the HTTP status of the code. No other place decides it.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status),+ }
            }

            /// Returns the meaning of the code: the `title` of the problem details.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => concat!($($meaning),+).trim_ascii()),+ }
            }
        }
    };
}

codes! {
    /// The request is invalid.
    InvalidRequest = 400 "invalid_request";
    /// The cursor does not belong to this list.
    InvalidCursor = 400 "invalid_cursor";
    /// The request has no valid credential.
    Unauthenticated = 401 "unauthenticated";
    /// The token has expired.
    TokenExpired = 401 "token_expired";
    /// The credential was revoked.
    Revoked = 401 "credential_revoked";
    /// The e-mail address or the password is wrong.
    InvalidCredentials = 401 "invalid_credentials";
    /// The refresh token is invalid.
    RefreshTokenInvalid = 401 "refresh_token_invalid";
    /// The refresh token was used before.
    RefreshTokenReused = 401 "refresh_token_reused";
    /// The credential does not allow this.
    Forbidden = 403 "forbidden";
    /// The API key lacks the scope.
    ScopeMissing = 403 "scope_missing";
    /// The client address is blocked.
    AddressBlocked = 403 "address_blocked";
    /// The client address is not allowed.
    AddressNotAllowed = 403 "address_not_allowed";
    /// The origin is not allowed for the application.
    OriginNotAllowed = 403 "origin_not_allowed";
    /// The signature of the webhook is invalid.
    SignatureInvalid = 401 "signature_invalid";
    /// The verify token of the webhook does not match.
    VerifyTokenInvalid = 403 "verify_token_invalid";
    /// The link is invalid or has expired.
    LinkInvalid = 403 "link_invalid";
    /// The code is wrong or has expired.
    CodeInvalid = 403 "code_invalid";
    /// The session is too old for this; sign in again.
    ReauthenticationNeeded = 403 "reauthentication_needed";
    /// The tenant does not use sign-in.
    SignInDisabled = 403 "sign_in_disabled";
    /// Sign-up is closed.
    SignUpDisabled = 403 "sign_up_disabled";
    /// The tenant is suspended.
    TenantSuspended = 403 "tenant_suspended";
    /// The user is deactivated.
    UserDeactivated = 403 "user_deactivated";
    /// One of the two users has blocked the other.
    UserBlocked = 403 "user_blocked";
    /// The user is banned from the conversation.
    UserBanned = 403 "user_banned";
    /// The user is not a participant of the conversation.
    NotAParticipant = 403 "not_a_participant";
    /// The role in the conversation does not allow this.
    RoleNotAllowed = 403 "role_not_allowed";
    /// No such route.
    RouteNotFound = 404 "route_not_found";
    /// Tenant not found.
    TenantNotFound = 404 "tenant_not_found";
    /// Application not found.
    ApplicationNotFound = 404 "application_not_found";
    /// API key not found.
    ApiKeyNotFound = 404 "api_key_not_found";
    /// Admin not found.
    AdminNotFound = 404 "admin_not_found";
    /// Admin key not found.
    AdminKeyNotFound = 404 "admin_key_not_found";
    /// Session not found.
    SessionNotFound = 404 "session_not_found";
    /// Rule about client addresses not found.
    IpRuleNotFound = 404 "ip_rule_not_found";
    /// User not found.
    UserNotFound = 404 "user_not_found";
    /// Device not found.
    DeviceNotFound = 404 "device_not_found";
    /// Identity not found.
    IdentityNotFound = 404 "identity_not_found";
    /// Conversation not found.
    ConversationNotFound = 404 "conversation_not_found";
    /// Participant not found.
    ParticipantNotFound = 404 "participant_not_found";
    /// Message not found.
    MessageNotFound = 404 "message_not_found";
    /// Reaction not found.
    ReactionNotFound = 404 "reaction_not_found";
    /// Ban not found.
    BanNotFound = 404 "ban_not_found";
    /// App data not found.
    AppDataNotFound = 404 "app_data_not_found";
    /// File not found.
    FileNotFound = 404 "file_not_found";
    /// Upload not found.
    UploadNotFound = 404 "upload_not_found";
    /// Integration not found.
    IntegrationNotFound = 404 "integration_not_found";
    /// Ticket not found.
    TicketNotFound = 404 "ticket_not_found";
    /// Erasure not found.
    ErasureNotFound = 404 "erasure_not_found";
    /// Method not allowed.
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
    /// The identity belongs to another user.
    IdentityTaken = 409 "identity_taken";
    /// The user is being erased.
    UserErased = 409 "user_erased";
    /// A legal hold prevents the removal.
    LegalHold = 409 "legal_hold";
    /// No other owner would remain.
    LastOwner = 409 "last_owner";
    /// The offset differs from the bytes received.
    UploadOffsetMismatch = 409 "upload_offset_mismatch";
    /// The file is not ready.
    FileNotReady = 409 "file_not_ready";
    /// The client has another channel, or the channel another client.
    ClientAssigned = 409 "client_already_assigned";
    /// Another integration has this account.
    IntegrationExists = 409 "integration_exists";
    /// The client's customer service window is closed.
    OutsideServiceWindow = 409 "outside_service_window";
    /// The state of the object does not allow this.
    StateConflict = 409 "state_conflict";
    /// The tus version is not supported.
    TusVersionUnsupported = 412 "tus_version_unsupported";
    /// The body is larger than allowed.
    PayloadTooLarge = 413 "payload_too_large";
    /// The tenant's storage quota is exceeded.
    StorageQuotaExceeded = 413 "storage_quota_exceeded";
    /// The content type is not supported.
    UnsupportedMediaType = 415 "unsupported_media_type";
    /// The content is not of the stated type.
    ContentTypeMismatch = 422 "content_type_mismatch";
    /// The tenant does not accept files of this type.
    FileTypeNotAllowed = 422 "file_type_not_allowed";
    /// A limit was reached.
    LimitReached = 422 "limit_reached";
    /// The password is too weak.
    WeakPassword = 422 "weak_password";
    /// The route requires a protocol upgrade.
    UpgradeRequired = 426 "upgrade_required";
    /// The checksum does not match the bytes received.
    ChecksumMismatch = 460 "checksum_mismatch";
    /// Too many requests.
    RateLimited = 429 "rate_limited";
    /// Internal server error.
    Internal = 500 "internal";
    /// The service is temporarily unavailable.
    Unavailable = 503 "unavailable";
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
