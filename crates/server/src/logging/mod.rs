//! The log on standard error. What is logged holds no content and no secrets;
//! a line about a request names its request id.

mod writer;

use std::io::IsTerminal as _;
use std::sync::OnceLock;

use tracing_subscriber::EnvFilter;

pub use writer::dropped_lines;

use crate::config::Log;
use crate::refusal::Refusal;
use writer::LogWriter;

/// The target of what the operator must see whatever the log filter says,
/// such as a misspelt setting.
pub const NOTICE: &str = "caas::notice";

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
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || writer.clone())
        .with_ansi(std::io::stderr().is_terminal());
    if config.json {
        lines.json().flatten_event(true).init();
    } else {
        lines.init();
    }
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// Parses the configured filter; notices pass whatever it says.
///
/// # Errors
/// A sentence when the filter is not one.
pub fn filter(config: &Log) -> Result<EnvFilter, Refusal> {
    let wrong = |error: &dyn std::fmt::Display| {
        Refusal::new(format!("The log level {} (log.level, CAAS_LOG) is not one: {error}.", config.level))
    };
    let notices = format!("{NOTICE}=info").parse().map_err(|error| wrong(&error))?;
    let filter = EnvFilter::try_new(&config.level).map_err(|error| wrong(&error))?;
    Ok(filter.add_directive(notices))
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
        Log { level: level.to_owned(), ..Log::default() }
    }

    #[test]
    fn a_filter_that_is_none_is_rejected_with_its_setting() {
        assert!(filter(&log("info,http_api=debug")).is_ok());
        let sentence = filter(&log("http_api=loud")).unwrap_err().to_string();
        assert!(sentence.contains("CAAS_LOG") && sentence.contains("http_api=loud"), "{sentence}");
    }

    #[test]
    fn a_notice_passes_every_filter() {
        for level in ["off", "error", "http_api=debug"] {
            let shown = filter(&log(level)).unwrap().to_string();
            assert!(shown.contains("caas::notice=info"), "{shown}");
        }
    }
}
