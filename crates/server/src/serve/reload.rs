use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::signals::Hangups;
use crate::listen::{Certificate, Phase, Phases};

/// The time between two looks at the certificates' files.
const PERIOD: Duration = Duration::from_secs(2);

/// Reads certificates again on SIGHUP and when their files change, until the
/// stop begins.
pub async fn reload(certificates: Vec<Arc<Certificate>>, mut hangups: Hangups, mut phases: Phases) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let is_asked = tokio::select! {
            () = phases.reached(Phase::Draining) => return,
            () = hangups.next() => true,
            _ = ticks.tick() => false,
        };
        if is_asked && certificates.is_empty() {
            tracing::info!("SIGHUP: there is no certificate to reload");
        }
        for certificate in &certificates {
            let certificate = Arc::clone(certificate);
            let reloading = tokio::task::spawn_blocking(move || {
                if is_asked || certificate.has_changed() {
                    reload_one(&certificate);
                }
            });
            if let Err(error) = reloading.await {
                tracing::error!(%error, "a certificate could not be reloaded");
            }
        }
    }
}

fn reload_one(certificate: &Certificate) {
    let file = certificate.file().display();
    match certificate.reload() {
        Ok(()) => tracing::info!(%file, "certificate reloaded"),
        Err(refusal) => {
            tracing::error!(%file, error = %refusal, "certificate not reloaded, the former one stays");
        }
    }
}
