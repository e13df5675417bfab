//! Collection of metrics, and their page.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::header::CONTENT_TYPE;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::analytics::EventIngest;
use domain::media::MediaCounters;
use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use realtime::{Hub, HubStats};
use store::Store;

use super::descriptions;
use crate::cli_error::CliError;
use crate::services::Services;
use crate::shutdown::{Shutdown, ShutdownPhase};

/// Upper bounds of the histogram buckets, in seconds.
const BUCKETS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// Time between two upkeeps of the recorder.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// Metrics of the process.
#[derive(Clone)]
pub struct Metrics {
    recorder: PrometheusHandle,
    store: Store,
    hub: Hub,
    event_ingest: EventIngest,
    media: Arc<MediaCounters>,
}

impl Metrics {
    /// Installs the recorder, once per process.
    ///
    /// # Errors
    /// Fails if a recorder is already installed.
    pub fn start(services: &Services, hub: Hub) -> Result<Self, CliError> {
        let impossible = |error| CliError::new("Cannot collect metrics").with_cause(error);
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), BUCKETS);
        let recorder = builder
            .map_err(impossible)?
            .install_recorder()
            .map_err(impossible)?;
        descriptions::describe();
        Ok(Self {
            recorder,
            store: services.store.clone(),
            hub,
            event_ingest: services.event_ingest.clone(),
            media: Arc::clone(&services.media.counters),
        })
    }

    /// Runs the upkeep of the recorder until the shutdown begins. Without it
    /// histogram samples accumulate until the metrics are scraped.
    pub async fn run_upkeep(self, mut shutdown: Shutdown) {
        loop {
            tokio::select! {
                () = shutdown.reached(ShutdownPhase::Draining) => return,
                () = tokio::time::sleep(UPKEEP_INTERVAL) => self.recorder.run_upkeep(),
            }
        }
    }

    /// Returns the metrics in the Prometheus text format.
    pub fn page(&self) -> Response {
        for (name, _, value) in self.store.stats().all() {
            counter!(descriptions::of_store(name)).absolute(value);
        }
        let events = self.event_ingest.counters();
        for (name, count) in [
            ("ingested", &events.taken),
            ("duplicate", &events.known),
            ("rejected", &events.refused),
        ] {
            counter!(format!("caas_events_{name}_total")).absolute(count.get());
        }
        self.count_media();
        let HubStats {
            connections,
            users,
            subscriptions,
        } = self.hub.stats();
        for (name, number) in [
            ("connections", connections),
            ("users", users),
            ("subscriptions", subscriptions),
        ] {
            gauge!(format!("caas_realtime_{name}")).set(u32::try_from(number).unwrap_or(u32::MAX));
        }
        counter!("caas_log_lines_dropped_total").absolute(crate::logging::dropped_lines());
        measure_process();
        self.recorder.run_upkeep();
        (
            [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
            self.recorder.render(),
        )
            .into_response()
    }
}

impl Metrics {
    fn count_media(&self) {
        let media = &self.media;
        counter!("caas_media_received_bytes_total").absolute(media.received_bytes.get());
        counter!("caas_media_sent_bytes_total").absolute(media.sent_bytes.get());
        for (state, count) in [
            ("ready", &media.ready),
            ("failed", &media.failed),
            ("blocked", &media.blocked),
        ] {
            counter!("caas_media_files_total", "state" => state).absolute(count.get());
        }
    }
}

/// Records the memory, threads and file descriptors of the process (`/proc` of Linux).
fn measure_process() {
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        if let Some(kib) = field(&status, "VmRSS:") {
            gauge!("process_resident_memory_bytes").set(kib * 1024.0);
        }
        if let Some(threads) = field(&status, "Threads:") {
            gauge!("process_threads").set(threads);
        }
    }
    if let Ok(open_files) = std::fs::read_dir("/proc/self/fd") {
        gauge!("process_open_fds").set(u32::try_from(open_files.count()).unwrap_or(u32::MAX));
    }
}

fn field(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Counts a request by its route, so that ids do not create time series.
pub async fn count(matched: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let route = matched.map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let method = known_method(&request);
    let started = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    histogram!("caas_http_request_seconds", "method" => method, "route" => route.clone())
        .record(started.elapsed());
    counter!("caas_http_requests_total", "method" => method, "route" => route, "status" => status)
        .increment(1);
    response
}

/// Returns the method as a label. Unknown methods share one, since clients can
/// send any text.
fn known_method(request: &Request) -> &'static str {
    match request.method().as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
