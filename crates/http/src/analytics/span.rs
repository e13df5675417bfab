use base::{Result, Timestamp, limit};
use domain::analytics::Span;
use serde::Deserialize;
use utoipa::IntoParams;

/// A range of time.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SpanQuery {
    /// The first moment; 400 days before `to` when not given.
    #[param(value_type = Option<wire::schema::Timestamp>)]
    from: Option<Timestamp>,
    /// The first moment behind it; now when not given.
    #[param(value_type = Option<wire::schema::Timestamp>)]
    to: Option<Timestamp>,
}

impl SpanQuery {
    /// The range that is meant.
    ///
    /// # Errors
    /// 400 when it is empty or longer than [`limit::EVENT_SECONDS`].
    pub(super) fn span(&self, now: Timestamp) -> Result<Span> {
        span(self.from, self.to, now)
    }
}

/// The range between two moments, or what is meant when they are not given.
///
/// # Errors
/// 400 when it is empty or longer than [`limit::EVENT_SECONDS`].
pub(super) fn span(from: Option<Timestamp>, to: Option<Timestamp>, now: Timestamp) -> Result<Span> {
    // An event may be ahead of our clock.
    let to =
        to.unwrap_or_else(|| now.plus_millis(limit::signed(limit::CLOCK_SKEW_SECONDS) * 1_000));
    let from = from.unwrap_or_else(|| to.plus_millis(-limit::signed(limit::EVENT_SECONDS) * 1_000));
    Span::new(from, to)
}
