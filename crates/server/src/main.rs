//! The binary `caas`: configuration, wiring, listeners, jobs, commands.

mod cli;
mod command;
mod config;
mod control;
mod demo;
mod folder;
mod jobs;
mod listen;
mod logging;
mod master_key;
mod open_files;
mod opened;
mod operator;
mod pages;
#[cfg(feature = "planted")]
mod planted;
mod refusal;
mod serve;
mod terminal;

use std::process::ExitCode;

use clap::Parser as _;

use cli::{Action, Cli};
use config::Config;
use refusal::Refusal;
use tokio::runtime::Runtime;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let json = cli.common.json;
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(refusal) => {
            terminal::complain(&refusal, json);
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<(), Refusal> {
    let environment: Vec<_> = std::env::vars().filter(|(name, _)| name.starts_with("CAAS_")).collect();
    let mut settings = cli.common.settings();
    settings.extend(cli.serve.settings());
    if let Some(Action::Serve(flags)) = &cli.action {
        settings.extend(flags.settings());
    }
    let load = || config::load(cli.common.config.as_deref(), &environment, settings);
    match cli.action {
        Some(Action::ConfigReference { example }) => {
            terminal::say(if example { config::example() } else { config::reference() }.trim_end());
            Ok(())
        }
        Some(Action::MetricsReference) => {
            terminal::say(operator::metrics_page().trim_end());
            Ok(())
        }
        Some(Action::Command(command)) => {
            let config = load()?;
            let answer = start(&config)?.block_on(command::carry_out(&config, command))?;
            terminal::say(&if cli.common.json { answer.to_string() } else { terminal::render(&answer) });
            Ok(())
        }
        Some(Action::Serve(_)) | None => {
            let config = load()?;
            start(&config)?.block_on(serve::serve(&config, cli.common.json))
        }
    }
}

/// A mistyped variable would otherwise go unnoticed.
fn warn_of_unknown_variables() {
    for variable in std::env::vars().map(|(name, _)| name).filter(|name| name.starts_with("CAAS_")) {
        if !config::knows_variable(&variable) {
            tracing::warn!(variable, "the environment names a setting that does not exist");
        }
    }
}

/// Starts the log and the runtime.
fn start(config: &Config) -> Result<Runtime, Refusal> {
    logging::start(&config.log)?;
    warn_of_unknown_variables();
    #[cfg(feature = "planted")]
    planted::plant_named();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| Refusal::new("The runtime cannot start").caused_by(error))
}
