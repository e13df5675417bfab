use std::time::{Duration, Instant};

use crate::process;

/// Result of one measurement.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Operations per second.
    pub per_second: f64,
    /// CPU time of the measured process per operation, in microseconds.
    pub cpu: f64,
    /// Median latency in microseconds.
    pub p50: f64,
    /// 99th percentile of the latency in microseconds.
    pub p99: f64,
}

/// Running measurement.
#[derive(Debug)]
pub struct Watch {
    process: u32,
    started: Instant,
    spent: Duration,
}

impl Watch {
    /// Starts to measure a process.
    pub fn start(process: u32) -> Self {
        Self {
            process,
            started: Instant::now(),
            spent: process::cpu(process),
        }
    }

    /// Ends the measurement. `durations` are those of operations or groups, in microseconds.
    pub fn stop(self, operations: usize, durations: Vec<f64>) -> Sample {
        let passed = self.started.elapsed();
        let spent = process::cpu(self.process).saturating_sub(self.spent);
        let operations = operations as f64;
        Sample {
            per_second: operations / passed.as_secs_f64(),
            cpu: micros(spent) / operations.max(1.0),
            p50: percentile(durations.iter().copied(), 0.5),
            p99: percentile(durations.iter().copied(), 0.99),
        }
    }
}

/// Converts a duration to microseconds.
pub fn micros(span: Duration) -> f64 {
    span.as_secs_f64() * 1e6
}

/// Converts a duration to milliseconds.
pub fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1e3
}

/// Returns the median; the higher of two middle values.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    percentile(values, 0.5)
}

/// Returns the percentile of values.
pub fn percentile(values: impl IntoIterator<Item = f64>, part: f64) -> f64 {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    let position = ((sorted.len() as f64 * part) as usize).min(sorted.len().saturating_sub(1));
    sorted.get(position).copied().unwrap_or_default()
}

/// Returns the median of each value separately.
pub fn middle(samples: &[Sample]) -> Sample {
    let of = |value: fn(&Sample) -> f64| median(samples.iter().map(value));
    Sample {
        per_second: of(|sample| sample.per_second),
        cpu: of(|sample| sample.cpu),
        p50: of(|sample| sample.p50),
        p99: of(|sample| sample.p99),
    }
}

/// Returns the median of the ratios of two rates measured in the same round.
pub fn ratio(ours: &[Sample], ceiling: &[Sample]) -> f64 {
    median(
        ours.iter()
            .zip(ceiling)
            .map(|(ours, ceiling)| ours.per_second / ceiling.per_second),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentile_is_a_measured_value() {
        let values = || (1..=100).map(f64::from);
        let found = [
            median(values()),
            percentile(values(), 0.99),
            median([3.0]),
            median([]),
        ];
        assert_eq!(
            found.map(f64::to_bits),
            [51.0, 100.0, 3.0, 0.0].map(f64::to_bits)
        );
    }
}
