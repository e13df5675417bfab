use std::time::{Duration, Instant};

use crate::process;

/// What came of one measurement.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Operations a second.
    pub per_second: f64,
    /// Processor time that the measured process spent on each, in microseconds.
    pub cpu: f64,
    /// How long half of them took at most, in microseconds.
    pub p50: f64,
    /// How long 99 of 100 took at most, in microseconds.
    pub p99: f64,
}

/// A measurement that goes on.
#[derive(Debug)]
pub struct Watch {
    process: u32,
    begun: Instant,
    spent: Duration,
}

impl Watch {
    /// Begins to measure what a process spends.
    pub fn start(process: u32) -> Self {
        Self {
            process,
            begun: Instant::now(),
            spent: process::cpu(process),
        }
    }

    /// Ends, with the operations and how long they or their groups took, in microseconds.
    pub fn stop(self, operations: usize, took: Vec<f64>) -> Sample {
        let passed = self.begun.elapsed();
        let spent = process::cpu(self.process).saturating_sub(self.spent);
        let operations = operations as f64;
        Sample {
            per_second: operations / passed.as_secs_f64(),
            cpu: micros(spent) / operations.max(1.0),
            p50: percentile(took.iter().copied(), 0.5),
            p99: percentile(took.iter().copied(), 0.99),
        }
    }
}

/// A span in microseconds.
pub fn micros(span: Duration) -> f64 {
    span.as_secs_f64() * 1e6
}

/// A span in milliseconds.
pub fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1e3
}

/// The value in the middle, or the higher of two.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    percentile(values, 0.5)
}

/// The value below which this part of all lies.
pub fn percentile(values: impl IntoIterator<Item = f64>, part: f64) -> f64 {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    let position = ((sorted.len() as f64 * part) as usize).min(sorted.len().saturating_sub(1));
    sorted.get(position).copied().unwrap_or_default()
}

/// The median of each value by itself.
pub fn middle(samples: &[Sample]) -> Sample {
    let of = |value: fn(&Sample) -> f64| median(samples.iter().map(value));
    Sample {
        per_second: of(|sample| sample.per_second),
        cpu: of(|sample| sample.cpu),
        p50: of(|sample| sample.p50),
        p99: of(|sample| sample.p99),
    }
}

/// The median of the ratios, each of two rates that were measured side by side.
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
    fn percentiles_are_values_that_were_measured() {
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
