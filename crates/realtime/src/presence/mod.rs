//! Whose devices are connected, and who is told.

mod answer;
mod goings;
mod reports;
mod sightings;
#[cfg(test)]
mod tests;

use std::time::Duration;

use base::limit;

pub(crate) use answer::answer;
pub(crate) use goings::{Going, Goings};
pub(crate) use reports::Reports;

/// How often a silent but living client renews its presence, and those of
/// others that are shown here are looked at again.
pub(crate) const RENEWAL: Duration = Duration::from_secs(limit::PRESENCE_SECONDS as u64 / 2);
