//! The binary `caas`: configuration, wiring, listeners, jobs, commands.

mod check;
mod cli;
mod command;
mod config;
mod control;
mod demo;
mod descriptors;
mod folder;
mod jobs;
mod listen;
mod logging;
mod master_key;
mod opened;
mod operator;
mod pages;
#[cfg(feature = "planted")]
mod planted;
mod refusal;
mod serve;
mod terminal;

use std::io;
use std::process::ExitCode;

use clap::Parser as _;

use cli::{Action, Cli};
use config::{Config, Setting};
use refusal::Refusal;
use tokio::runtime::Runtime;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let json = cli.common.json;
    let outcome = run(cli);
    logging::flush();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(refusal) => {
            terminal::complain(&refusal, json);
            ExitCode::FAILURE
        }
    }
}

/// Writes the help that was asked for, or what is wrong with the command line.
fn usage(error: &clap::Error) -> ExitCode {
    let written = error
        .print()
        .and_then(|()| io::Write::flush(&mut io::stdout()));
    match (written, u8::try_from(error.exit_code())) {
        (Ok(()), Ok(code)) => ExitCode::from(code),
        _ => ExitCode::FAILURE,
    }
}

fn run(cli: Cli) -> Result<(), Refusal> {
    let variables = config::variables(std::env::vars_os())?;
    let mut settings = cli.common.settings();
    settings.extend(cli.serve.settings());
    if let Some(Action::Serve(flags) | Action::Check(flags)) = &cli.action {
        settings.extend(flags.settings());
    }
    let load = || load(&cli, &variables, settings);
    match &cli.action {
        Some(Action::ConfigReference { example }) => terminal::answer(
            if *example {
                config::example()
            } else {
                config::reference()
            }
            .trim_end(),
        ),
        Some(Action::MetricsReference) => terminal::answer(operator::metrics_page().trim_end()),
        Some(Action::Check(_)) => {
            terminal::answer(&cli.shown(&check::check(&load()?, &variables)?))
        }
        Some(Action::Command(command)) => {
            let config = load()?;
            let answer = start(&config, &variables)?
                .block_on(command::carry_out(&config, command.clone()))?;
            terminal::answer(&cli.shown(&answer))
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
) -> Result<Config, Refusal> {
    let named = || {
        variables
            .iter()
            .find(|(name, _)| name == config::FILE_VARIABLE)
            .map(|(_, path)| path.into())
    };
    let file = cli.common.config.clone().or_else(named);
    config::load(file.as_deref(), variables, settings)
}

/// Starts the log and the runtime.
fn start(config: &Config, variables: &[(String, String)]) -> Result<Runtime, Refusal> {
    logging::start(&config.log)?;
    for variable in config::unknown_variables(variables) {
        tracing::warn!(target: logging::NOTICE, variable, "unknown environment variable, ignored");
    }
    #[cfg(feature = "planted")]
    planted::plant_named();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.map_err(|error| Refusal::new("The runtime cannot start").caused_by(error))
}
