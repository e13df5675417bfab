//! Closes connections whose token no longer opens the door.

use std::sync::Arc;

use base::Code;
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
pub(crate) const fn reason(code: Code) -> Option<CloseReason> {
    match code {
        Code::Unauthenticated => Some(CloseReason::NotAuthenticated),
        Code::TokenExpired => Some(CloseReason::TokenExpired),
        Code::Revoked => Some(CloseReason::Revoked),
        Code::TenantSuspended => Some(CloseReason::TenantSuspended),
        Code::UserDeactivated => Some(CloseReason::UserDeactivated),
        Code::OriginNotAllowed => Some(CloseReason::OriginNotAllowed),
        _ => None,
    }
}
