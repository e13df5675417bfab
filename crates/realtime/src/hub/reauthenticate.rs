//! Closes connections whose token is no longer valid.

use std::sync::Arc;

use base::ErrorCode;
use wire::frames::CloseReason;

use super::Hub;
use crate::connection::Connection;

impl Hub {
    /// Checks the authentication of these connections again.
    pub(crate) fn reauthenticate(&self, connections: Vec<Arc<Connection>>) {
        for connection in connections {
            let hub = self.clone();
            tokio::spawn(async move {
                let caller = connection.state.lock().auth.clone();
                if let Err(failure) = hub.0.authenticator.check(&caller).await
                    && let Some(reason) = reason(failure.code)
                {
                    connection.send_queue.close(reason, None);
                }
            });
        }
    }
}

/// Returns the close reason for an invalid token; `None` for errors of the store, which
/// close nothing.
pub(crate) const fn reason(code: ErrorCode) -> Option<CloseReason> {
    match code {
        ErrorCode::Unauthenticated => Some(CloseReason::NotAuthenticated),
        ErrorCode::TokenExpired => Some(CloseReason::TokenExpired),
        ErrorCode::Revoked => Some(CloseReason::Revoked),
        ErrorCode::TenantSuspended => Some(CloseReason::TenantSuspended),
        ErrorCode::UserDeactivated => Some(CloseReason::UserDeactivated),
        ErrorCode::AddressBlocked | ErrorCode::AddressNotAllowed => {
            Some(CloseReason::AddressNotAllowed)
        }
        ErrorCode::OriginNotAllowed => Some(CloseReason::OriginNotAllowed),
        _ => None,
    }
}
