use serde::Serialize;

/// Close code of a connection, with its reason as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// No `hello` within the timeout, or no valid token.
    NotAuthenticated,
    /// The first frame is not a valid `hello`.
    InvalidHello,
    /// The token expired.
    TokenExpired,
    /// The credential was revoked.
    Revoked,
    /// The tenant was suspended.
    TenantSuspended,
    /// The user was deactivated.
    UserDeactivated,
    /// The device was removed.
    DeviceRemoved,
    /// The application does not list the page's origin.
    OriginNotAllowed,
    /// The client address is blocked or not allowed.
    AddressNotAllowed,
    /// The client sent no frame for the idle timeout.
    Idle,
    /// A frame exceeds the maximum size.
    FrameTooLarge,
    /// A text frame is not UTF-8.
    InvalidText,
    /// The client violated the WebSocket protocol.
    ProtocolError,
    /// The client does not read its data.
    TooSlow,
    /// The client sent only frames that were rejected.
    TooManyErrors,
    /// The same device connected again, or the user has too many connections.
    Replaced,
    /// The server is restarting.
    Restart,
    /// The server cannot accept the connection now.
    TryLater,
}

#[derive(Serialize)]
struct Told {
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

impl CloseReason {
    /// Returns the close code.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::NotAuthenticated | Self::TokenExpired => 4001,
            Self::Revoked
            | Self::TenantSuspended
            | Self::UserDeactivated
            | Self::DeviceRemoved
            | Self::OriginNotAllowed
            | Self::AddressNotAllowed => 4003,
            Self::InvalidHello => 4000,
            Self::TooSlow | Self::Idle => 4008,
            Self::ProtocolError => 1002,
            Self::InvalidText => 1007,
            Self::TooManyErrors => 1008,
            Self::FrameTooLarge => 1009,
            Self::Replaced => 4009,
            Self::Restart => 1012,
            Self::TryLater => 1013,
        }
    }

    /// Returns the stable name of the reason.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotAuthenticated => "unauthenticated",
            Self::TokenExpired => "token_expired",
            Self::Revoked => "credential_revoked",
            Self::TenantSuspended => "tenant_suspended",
            Self::UserDeactivated => "user_deactivated",
            Self::DeviceRemoved => "device_removed",
            Self::OriginNotAllowed => "origin_not_allowed",
            Self::AddressNotAllowed => "address_not_allowed",
            Self::InvalidHello => "invalid_hello",
            Self::TooSlow => "too_slow",
            Self::Idle => "idle",
            Self::TooManyErrors => "too_many_errors",
            Self::ProtocolError => "protocol_error",
            Self::InvalidText => "invalid_text",
            Self::FrameTooLarge => "frame_too_large",
            Self::Replaced => "replaced",
            Self::Restart => "restart",
            Self::TryLater => "try_later",
        }
    }

    /// Returns the reason as sent: at most 123 bytes (RFC 6455, section 5.5).
    #[must_use]
    pub fn text(self, retry_after_ms: Option<u64>) -> String {
        serde_json::to_string(&Told {
            reason: self.word(),
            retry_after_ms,
        })
        .unwrap_or_default()
    }
}
