//! The log on standard error. What is logged holds no content and no secrets;
//! a line about a request names its request id.

mod redact;
mod writer;

use std::io::IsTerminal as _;
use std::sync::OnceLock;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt, registry};

pub use writer::dropped_lines;

use crate::config::Log;
use crate::refusal::Refusal;
use writer::LogWriter;

/// The target of what the operator must see whatever the log filter says,
/// such as a misspelt setting.
pub const NOTICE: &str = "caas::notice";

/// The crates to which a level without a target applies in full.
const OURS: [&str; 9] = [
    "caas",
    "base",
    "store",
    "store_sqlite",
    "store_mongo",
    "domain",
    "wire",
    "realtime",
    "http_api",
];

/// Libraries whose finest level holds the text of frames.
const FRAMES: [&str; 2] = ["tungstenite", "tokio_tungstenite"];

/// The log of this process, once it is started.
static WRITER: OnceLock<LogWriter> = OnceLock::new();

/// Starts the log on standard error.
///
/// # Errors
/// A sentence when the level is not one, or the log's thread cannot start.
pub fn start(config: &Log) -> Result<(), Refusal> {
    let filter = filter(config)?;
    let writer = LogWriter::start(std::io::stderr())
        .map_err(|error| Refusal::new("The thread of the log cannot start").caused_by(error))?;
    let writer = WRITER.get_or_init(|| writer).clone();
    let lines = fmt::layer()
        .with_writer(move || writer.clone())
        .with_ansi(std::io::stderr().is_terminal());
    let lines = if config.json {
        lines.json().flatten_event(true).boxed()
    } else {
        lines.boxed()
    };
    let without_frames = filter_fn(|metadata| {
        let is_of_frames = FRAMES
            .iter()
            .any(|library| metadata.target().starts_with(library));
        !is_of_frames || *metadata.level() < tracing::Level::TRACE
    });
    registry()
        .with(filter)
        .with(without_frames)
        .with(lines)
        .init();
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// Parses the configured filter; notices pass whatever it says.
///
/// # Errors
/// A sentence when the filter is not one.
pub fn filter(config: &Log) -> Result<EnvFilter, Refusal> {
    let wrong = |error: &dyn std::fmt::Display| {
        Refusal::new(format!(
            "The log level {} (log.level, CAAS_LOG) is not one: {error}.",
            config.level
        ))
    };
    let notices = format!("{NOTICE}=info")
        .parse()
        .map_err(|error| wrong(&error))?;
    let filter = EnvFilter::try_new(directives(&config.level)).map_err(|error| wrong(&error))?;
    Ok(filter.add_directive(notices))
}

/// A level finer than `info` without a target is meant for this product:
/// libraries stay at `info` unless they are named, as what they log at finer
/// levels may hold what clients sent.
fn directives(text: &str) -> String {
    let parts = text.split(',').map(str::trim);
    let (everywhere, named): (Vec<_>, Vec<_>) = parts.partition(|part| is_finer_than_info(part));
    let Some(level) = everywhere.last() else {
        return text.to_owned();
    };
    let ours = OURS.iter().map(|name| format!("{name}={level}"));
    let named = named.into_iter().map(str::to_owned);
    ["info".to_owned()]
        .into_iter()
        .chain(ours)
        .chain(named)
        .collect::<Vec<_>>()
        .join(",")
}

fn is_finer_than_info(part: &str) -> bool {
    !part.is_empty()
        && part
            .parse::<LevelFilter>()
            .is_ok_and(|level| level > LevelFilter::INFO)
}

/// Waits a moment for the lines that are still to be written.
pub fn flush() {
    if let Some(writer) = WRITER.get() {
        writer.flush();
    }
}

/// Logs a panic like everything else: writing to standard error from the
/// panicking thread could block it, or panic again.
fn log_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic.location().map(tracing::field::display);
    let message = panic.payload_as_str().unwrap_or("no message");
    tracing::error!(target: NOTICE, place, "a thread panicked: {message}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(level: &str) -> Log {
        Log {
            level: level.to_owned(),
            ..Log::default()
        }
    }

    #[test]
    fn a_filter_that_is_none_is_rejected_with_its_setting() {
        assert!(filter(&log("info,http_api=debug")).is_ok());
        let sentence = filter(&log("http_api=loud")).unwrap_err().to_string();
        assert!(
            sentence.contains("CAAS_LOG") && sentence.contains("http_api=loud"),
            "{sentence}"
        );
    }

    #[test]
    fn a_fine_level_without_a_target_is_for_this_product_only() {
        for level in ["debug", "TRACE", "trace,hyper=debug"] {
            let shown = filter(&log(level)).unwrap().to_string();
            let level = level.split(',').next().unwrap().to_lowercase();
            assert!(shown.contains(&format!("http_api={level}")), "{shown}");
            assert!(!shown.split(',').any(|part| part == level), "{shown}");
        }
        assert!(
            filter(&log("trace,hyper=debug"))
                .unwrap()
                .to_string()
                .contains("hyper=debug")
        );
        assert_eq!(directives("warn,hyper=trace"), "warn,hyper=trace");
        assert!(
            directives("trace,http_api=info").ends_with(",http_api=info"),
            "what is named comes last and counts"
        );
    }

    #[test]
    fn a_notice_passes_every_filter() {
        for level in ["off", "error", "http_api=debug"] {
            let shown = filter(&log(level)).unwrap().to_string();
            assert!(shown.contains("caas::notice=info"), "{shown}");
        }
    }
}
