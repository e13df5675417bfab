//! Binary `caas`: configuration, wiring, listeners, jobs and commands.

mod check;
mod cli;
mod cli_error;
mod command;
mod config;
mod control;
mod data_dir;
mod demo;
mod fault_injection;
mod jobs;
mod listen;
mod logging;
mod mailer;
mod master_key;
mod meta_graph;
mod open_files;
mod open_media;
mod open_store;
mod operator;
mod pages;
mod serve;
mod services;
mod shutdown;
mod terminal;

use std::io;
use std::process::ExitCode;

use clap::Parser as _;

use cli::{Action, Cli};
use cli_error::CliError;
use config::{Config, Setting};
use tokio::runtime::Runtime;

/// Argument with which the server starts the processes that decode files.
const MEDIA_WORKER: &str = "media-worker";

/// Returns freed memory to the system, which the system's allocator keeps after a load peak.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    if std::env::args_os()
        .nth(1)
        .is_some_and(|first| first == MEDIA_WORKER)
    {
        // Before anything is opened or read: the process gives up all access.
        return media::worker::run();
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return print_usage(&error),
    };
    let json = cli.common.json;
    let outcome = run(cli);
    logging::flush();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::print_error(&error, json);
            ExitCode::FAILURE
        }
    }
}

/// Prints the requested help or the usage error.
fn print_usage(error: &clap::Error) -> ExitCode {
    let written = error
        .print()
        .and_then(|()| io::Write::flush(&mut io::stdout()));
    match (written, u8::try_from(error.exit_code())) {
        (Ok(()), Ok(code)) => ExitCode::from(code),
        _ => ExitCode::FAILURE,
    }
}

fn run(cli: Cli) -> Result<(), CliError> {
    let variables = config::variables(std::env::vars_os())?;
    let mut settings = cli.common.settings();
    settings.extend(cli.serve.settings());
    if let Some(Action::Serve(flags) | Action::Check(flags)) = &cli.action {
        settings.extend(flags.settings());
    }
    let load = || load(&cli, &variables, settings);
    match &cli.action {
        Some(Action::ConfigReference { example }) => terminal::print_result(
            if *example {
                config::example()
            } else {
                config::reference()
            }
            .trim_end(),
        ),
        Some(Action::MetricsReference) => {
            terminal::print_result(operator::metrics_page().trim_end())
        }
        Some(Action::Check(_)) => {
            terminal::print_result(&cli.format_output(&check::check(&load()?, &variables)?))
        }
        Some(Action::Command(command)) => {
            let config = load()?;
            let output =
                start(&config, &variables)?.block_on(command::execute(&config, command.clone()))?;
            terminal::print_result(&cli.format_output(&output))
        }
        Some(Action::Serve(_)) | None => {
            let config = load()?;
            start(&config, &variables)?.block_on(serve::serve(&config, cli.common.json))
        }
    }
}

fn load(
    cli: &Cli,
    variables: &[(String, String)],
    settings: Vec<Setting>,
) -> Result<Config, CliError> {
    let from_environment = || {
        variables
            .iter()
            .find(|(name, _)| name == config::FILE_VARIABLE)
            .map(|(_, path)| path.into())
    };
    let file = cli.common.config.clone().or_else(from_environment);
    config::load(file.as_deref(), variables, settings)
}

/// Starts the log and the async runtime.
fn start(config: &Config, variables: &[(String, String)]) -> Result<Runtime, CliError> {
    logging::start(&config.log)?;
    for variable in config::unknown_variables(variables) {
        tracing::warn!(target: logging::NOTICE, variable, "unknown environment variable, ignored");
    }
    fault_injection::enable_from_environment();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.map_err(|error| CliError::new("Cannot start the async runtime").with_cause(error))
}
