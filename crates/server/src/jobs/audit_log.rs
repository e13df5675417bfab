use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use domain::audit::{AuditIntent, append_pending};
use store::{ChangeEvent, Collection, Store};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::PERIOD;
use crate::shutdown::{Shutdown, ShutdownPhase};

/// Delay after a failure.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// Numbers the pending audit entries whenever one was written, until the shutdown begins.
pub async fn run(store: Store, mut shutdown: Shutdown) {
    let mut events = store.watch_documents();
    loop {
        let delay = match append_pending(&store.platform()).await {
            Ok(()) => PERIOD,
            Err(error) => {
                let error = &error as &dyn Error;
                tracing::warn!(error, "failed to append to the audit log, retrying later");
                RETRY_DELAY
            }
        };
        tokio::select! {
            () = shutdown.reached(ShutdownPhase::Draining) => return,
            () = tokio::time::sleep(delay) => {}
            () = written(&mut events) => {}
        }
    }
}

/// Waits until an entry was written, or events were lost.
async fn written(events: &mut Receiver<Arc<ChangeEvent>>) {
    loop {
        match events.recv().await.as_deref() {
            Ok(ChangeEvent::DocumentChanged {
                declaration,
                row: Some(_),
                ..
            }) if declaration.name == AuditIntent::DECLARATION.name => return,
            Ok(ChangeEvent::Lagged) | Err(RecvError::Lagged(_)) => return,
            Ok(_) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
