//! Log on standard error. It contains no message content and no secrets; a line
//! about a request has its request id.

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

use crate::cli_error::CliError;
use crate::config::Log;
use writer::LogWriter;

/// Target of messages that pass every log filter, such as a misspelt setting.
pub const NOTICE: &str = "caas::notice";

/// Crates to which a level without a target applies.
const OWN_CRATES: [&str; 9] = [
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

/// Libraries that log the content of WebSocket frames at the trace level.
const FRAME_LIBRARIES: [&str; 2] = ["tungstenite", "tokio_tungstenite"];

/// Log writer of the process, once started.
static WRITER: OnceLock<LogWriter> = OnceLock::new();

/// Starts the log on standard error.
///
/// # Errors
/// Fails if the level is invalid or the log thread cannot start.
pub fn start(config: &Log) -> Result<(), CliError> {
    let filter = filter(config)?;
    let writer = LogWriter::start(std::io::stderr())
        .map_err(|error| CliError::new("Cannot start the log thread").with_cause(error))?;
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
        let is_of_frames = FRAME_LIBRARIES
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

/// Parses the configured filter and adds the target of notices.
///
/// # Errors
/// Fails if the filter is invalid.
pub fn filter(config: &Log) -> Result<EnvFilter, CliError> {
    let invalid = |error: &dyn std::fmt::Display| {
        CliError::new(format!(
            "Invalid log level {} (log.level, CAAS_LOG): {error}.",
            config.level
        ))
    };
    let notices = format!("{NOTICE}=info")
        .parse()
        .map_err(|error| invalid(&error))?;
    let filter = EnvFilter::try_new(directives(&config.level)).map_err(|error| invalid(&error))?;
    Ok(filter.add_directive(notices))
}

/// Applies a level finer than `info` without a target only to our crates.
/// Libraries stay at `info` unless named, since their finer levels may contain
/// client data.
fn directives(text: &str) -> String {
    let parts = text.split(',').map(str::trim);
    let (everywhere, named): (Vec<_>, Vec<_>) = parts.partition(|part| is_finer_than_info(part));
    let Some(level) = everywhere.last() else {
        return text.to_owned();
    };
    let ours = OWN_CRATES.iter().map(|name| format!("{name}={level}"));
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

/// Waits briefly until the pending lines are written.
pub fn flush() {
    if let Some(writer) = WRITER.get() {
        writer.flush();
    }
}

/// Logs a panic. Writing to standard error from the panicking thread could block
/// or panic again.
fn log_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let location = panic.location().map(tracing::field::display);
    let message = panic.payload_as_str().unwrap_or("no message");
    tracing::error!(target: NOTICE, location, "thread panicked: {message}");
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
    fn invalid_filter_is_rejected_with_its_setting() {
        assert!(filter(&log("info,http_api=debug")).is_ok());
        let message = filter(&log("http_api=loud")).unwrap_err().to_string();
        assert!(
            message.contains("CAAS_LOG") && message.contains("http_api=loud"),
            "{message}"
        );
    }

    #[test]
    fn level_without_target_applies_only_to_own_crates() {
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
            "the last directive of a target applies"
        );
    }

    #[test]
    fn notice_passes_every_filter() {
        for level in ["off", "error", "http_api=debug"] {
            let shown = filter(&log(level)).unwrap().to_string();
            assert!(shown.contains("caas::notice=info"), "{shown}");
        }
    }
}
