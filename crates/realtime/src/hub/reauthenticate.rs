//! Closes connections whose token no longer opens the door.

use std::sync::Arc;

use base::ErrorCode;
use wire::frames::CloseReason;

use super::Hub;
use crate::connection::Connection;

impl Hub {
    /// Asks the door again about these connections.
    pub(super) fn look_again(&self, concerned: Vec<Arc<Connection>>) {
        for connection in concerned {
            let hub = self.clone();
            tokio::spawn(async move {
                let caller = connection.state.lock().caller.clone();
                if let Err(failure) = hub.0.door.check(&caller).await
                    && let Some(reason) = reason(failure.code)
                {
                    connection.outbox.close(reason, None);
                }
            });
        }
    }
}

/// Why a refused token closes its connection; a store that cannot answer does not.
pub(crate) const fn reason(code: ErrorCode) -> Option<CloseReason> {
    match code {
        ErrorCode::Unauthenticated => Some(CloseReason::NotAuthenticated),
        ErrorCode::TokenExpired => Some(CloseReason::TokenExpired),
        ErrorCode::Revoked => Some(CloseReason::Revoked),
        ErrorCode::TenantSuspended => Some(CloseReason::TenantSuspended),
        ErrorCode::UserDeactivated => Some(CloseReason::UserDeactivated),
        ErrorCode::OriginNotAllowed => Some(CloseReason::OriginNotAllowed),
        _ => None,
    }
}
