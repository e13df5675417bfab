use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::config::Log;
use crate::refusal::Refusal;

/// Starts the log on standard error. What is logged holds no content and no
/// secrets; a line about a request names its request id.
///
/// # Errors
/// A sentence when the level is not one.
pub fn start(config: &Log) -> Result<(), Refusal> {
    let filter = EnvFilter::try_new(&config.level)
        .map_err(|error| Refusal::new(format!("The log level {} is not one", config.level)).caused_by(error))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    if config.json {
        lines.json().flatten_event(true).init();
    } else {
        lines.init();
    }
    Ok(())
}
