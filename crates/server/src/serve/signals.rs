//! Unix signals, and the reload of certificates.

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{MissedTickBehavior, interval};

use crate::cli_error::CliError;
use crate::listen::Certificate;
use crate::shutdown::{Shutdown, ShutdownPhase};

/// Handler of SIGTERM and SIGINT. From its creation on they do not kill the process.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

/// Handler of SIGHUP. From its creation on it does not kill the process.
pub struct ReloadSignal(Signal);

impl ReloadSignal {
    /// Installs the handler.
    ///
    /// # Errors
    /// Fails if the handler cannot be installed.
    pub fn listen() -> Result<Self, CliError> {
        let unavailable = |error| CliError::new("Cannot install signal handlers").with_cause(error);
        signal(SignalKind::hangup()).map(Self).map_err(unavailable)
    }

    /// Waits for the next signal.
    pub async fn next(&mut self) {
        if self.0.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

impl Signals {
    /// Installs the handler.
    ///
    /// # Errors
    /// Fails if the handler cannot be installed.
    pub fn listen() -> Result<Self, CliError> {
        let unavailable = |error| CliError::new("Cannot install signal handlers").with_cause(error);
        let terminate = signal(SignalKind::terminate()).map_err(unavailable)?;
        let interrupt = signal(SignalKind::interrupt()).map_err(unavailable)?;
        Ok(Self {
            terminate,
            interrupt,
        })
    }

    /// Waits for the first signal.
    pub async fn wait(mut self) {
        tokio::select! { _ = self.terminate.recv() => {}, _ = self.interrupt.recv() => {} }
    }
}

/// Time between two checks of the certificate files.
const PERIOD: Duration = Duration::from_secs(2);

/// Reloads certificates on SIGHUP and when their files change, until the
/// shutdown begins.
pub async fn reload_certificates(
    certificates: Vec<Arc<Certificate>>,
    mut reload_signal: ReloadSignal,
    mut shutdown: Shutdown,
) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let is_asked = tokio::select! {
            () = shutdown.reached(ShutdownPhase::Draining) => return,
            () = reload_signal.next() => true,
            _ = ticks.tick() => false,
        };
        if is_asked && certificates.is_empty() {
            tracing::info!("received SIGHUP, no certificate to reload");
        }
        for certificate in &certificates {
            let certificate = Arc::clone(certificate);
            let reloading = tokio::task::spawn_blocking(move || {
                if is_asked || certificate.has_changed() {
                    reload_one(&certificate);
                }
            });
            if let Err(error) = reloading.await {
                tracing::error!(%error, "failed to reload a certificate");
            }
        }
    }
}

fn reload_one(certificate: &Certificate) {
    let file = certificate.file().display();
    match certificate.reload() {
        Ok(()) => tracing::info!(%file, "certificate reloaded"),
        Err(error) => {
            tracing::error!(%file, error = %error, "failed to reload the certificate, keeping the current one");
        }
    }
}
