//! Peaks of a recording whose length is not known in advance.

use crate::processed::WAVEFORM_BARS;

/// Intervals that are kept. When they are full, neighbours are merged.
const INTERVALS: usize = 4096;

/// Sample frames of the first intervals.
const FIRST_INTERVAL: u64 = 64;

/// Highest absolute sample of each of at most [`INTERVALS`] equal intervals.
#[derive(Debug)]
pub struct Peaks {
    kept: Vec<f32>,
    interval: u64,
    current: f32,
    in_current: u64,
    frames: u64,
    rate: u32,
}

impl Default for Peaks {
    fn default() -> Self {
        Self {
            kept: Vec::with_capacity(INTERVALS),
            interval: FIRST_INTERVAL,
            current: 0.0,
            in_current: 0,
            frames: 0,
            rate: 0,
        }
    }
}

impl Peaks {
    /// Sets the sample frames per second.
    pub fn set_rate(&mut self, rate: u32) {
        self.rate = rate;
    }

    /// Adds interleaved samples of `channels` channels.
    pub fn add(&mut self, samples: &[f32], channels: usize) {
        for frame in samples.chunks_exact(channels.max(1)) {
            let loudest = frame.iter().map(|sample| sample.abs());
            // `max` ignores samples that are not numbers.
            self.current = loudest.fold(self.current, f32::max);
            self.frames += 1;
            self.in_current += 1;
            if self.in_current == self.interval {
                self.close_interval();
            }
        }
    }

    fn close_interval(&mut self) {
        self.kept.push(std::mem::take(&mut self.current));
        self.in_current = 0;
        if self.kept.len() == INTERVALS {
            for index in 0..INTERVALS / 2 {
                self.kept[index] = self.kept[2 * index].max(self.kept[2 * index + 1]);
            }
            self.kept.truncate(INTERVALS / 2);
            self.interval *= 2;
        }
    }

    /// Returns the duration of the added samples.
    pub fn duration_ms(&self) -> Option<u64> {
        let milliseconds = self.frames.checked_mul(1000)?;
        milliseconds
            .checked_div(self.rate.into())
            .filter(|milliseconds| *milliseconds > 0)
    }

    /// Returns the peaks as [`WAVEFORM_BARS`] bars, 255 for the loudest one.
    pub fn into_bars(mut self) -> Option<Vec<u8>> {
        if self.in_current > 0 {
            self.kept.push(self.current);
        }
        let loudest = self.kept.iter().copied().fold(0.0, f32::max);
        let count = self.kept.len();
        if count == 0 {
            return None;
        }
        let bar = |index: usize| {
            let start = index * count / WAVEFORM_BARS;
            let end = ((index + 1) * count / WAVEFORM_BARS).max(start + 1);
            let peak = self.kept[start..end].iter().copied().fold(0.0, f32::max);
            scaled(peak, loudest)
        };
        Some((0..WAVEFORM_BARS).map(bar).collect())
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of a float saturates"
)]
fn scaled(peak: f32, loudest: f32) -> u8 {
    if loudest.is_finite() && loudest > 0.0 {
        (peak / loudest * 255.0).round() as u8
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_follow_the_amplitude_at_any_length() {
        for frames in [64_u16, 1_000, 60_000] {
            let mut peaks = Peaks::default();
            for index in 0..frames {
                let amplitude = f32::from(index) / f32::from(frames) / 2.0;
                peaks.add(&[amplitude, -amplitude], 2);
            }
            let bars = peaks.into_bars().unwrap();
            assert_eq!(bars.len(), WAVEFORM_BARS);
            assert_eq!(bars[WAVEFORM_BARS - 1], 255);
            assert!(bars.is_sorted(), "{bars:?}");
        }
    }

    #[test]
    fn long_recording_is_merged_without_losing_its_loudest_part() {
        let mut peaks = Peaks::default();
        let silence = vec![0.0; 1_000_000];
        peaks.add(&silence, 1);
        peaks.add(&[0.5], 1);
        peaks.add(&silence, 1);
        assert!(peaks.kept.len() < INTERVALS);
        let bars = peaks.into_bars().unwrap();
        let loud: Vec<&u8> = bars.iter().filter(|bar| **bar > 0).collect();
        assert_eq!(loud, [&255]);
    }

    #[test]
    fn silence_and_invalid_samples_are_zero() {
        let mut peaks = Peaks::default();
        peaks.add(&[0.0, f32::NAN, 0.0], 1);
        assert_eq!(peaks.into_bars(), Some(vec![0; WAVEFORM_BARS]));
        assert_eq!(Peaks::default().into_bars(), None);
    }
}
