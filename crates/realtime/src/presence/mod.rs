//! Whose devices are connected, and who is told.

mod answer;
mod reports;

pub(crate) use answer::answer;
pub(crate) use reports::Reports;
