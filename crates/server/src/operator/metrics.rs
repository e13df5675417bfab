use std::time::Duration;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use domain::analytics::EventIngest;
use metrics::{counter, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use realtime::{Hub, HubStats};
use store::Store;

use super::{declared, process};
use crate::listen::{Phase, Phases};
use crate::refusal::Refusal;

/// Upper bounds of the buckets for times, in seconds.
const SECONDS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// The time between two foldings of what was collected.
const FOLD: Duration = Duration::from_secs(5);

/// Collects the process's metrics for its page.
#[derive(Clone)]
pub struct Metrics {
    collected: PrometheusHandle,
    store: Store,
    hub: Hub,
    intake: EventIngest,
}

impl Metrics {
    /// Begins to collect; once a process.
    ///
    /// # Errors
    /// A sentence when it was begun before.
    pub fn start(store: Store, hub: Hub, intake: EventIngest) -> Result<Self, Refusal> {
        let impossible = |error| Refusal::new("Metrics cannot be collected").caused_by(error);
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS);
        let collected = builder
            .map_err(impossible)?
            .install_recorder()
            .map_err(impossible)?;
        declared::describe();
        Ok(Self {
            collected,
            store,
            hub,
            intake,
        })
    }

    /// Folds what was collected until the stop begins: without it the times of
    /// requests would pile up until somebody asks for the page.
    pub async fn fold(self, mut phases: Phases) {
        loop {
            tokio::select! {
                () = phases.reached(Phase::Draining) => return,
                () = tokio::time::sleep(FOLD) => self.collected.run_upkeep(),
            }
        }
    }

    /// The page in Prometheus' text format.
    pub fn page(&self) -> Response {
        for (name, _, value) in self.store.stats().all() {
            counter!(declared::of_store(name)).absolute(value);
        }
        let events = self.intake.counters();
        for (what, number) in [
            ("taken", &events.taken),
            ("known", &events.known),
            ("refused", &events.refused),
        ] {
            counter!(format!("caas_events_{what}_total")).absolute(number.get());
        }
        let HubStats {
            connections,
            users,
            feeds,
        } = self.hub.stats();
        for (name, number) in [
            ("connections", connections),
            ("users", users),
            ("feeds", feeds),
        ] {
            gauge!(format!("caas_realtime_{name}")).set(u32::try_from(number).unwrap_or(u32::MAX));
        }
        counter!("caas_log_lines_dropped_total").absolute(crate::logging::dropped_lines());
        process::measure();
        self.collected.run_upkeep();
        (
            [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
            self.collected.render(),
        )
            .into_response()
    }
}
