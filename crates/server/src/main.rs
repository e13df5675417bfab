//! The binary `caas`: configuration, wiring, listeners, jobs, commands.

mod cli;
mod config;
mod listen;
mod logging;
mod open_files;
mod refusal;
mod serve;
mod terminal;

use std::process::ExitCode;

use clap::Parser as _;

use cli::{Action, Cli};
use refusal::Refusal;

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
    if let Some(Action::ConfigReference { example }) = cli.action {
        terminal::say(if example { config::example() } else { config::reference() }.trim_end());
        return Ok(());
    }
    let environment: Vec<_> = std::env::vars().filter(|(name, _)| name.starts_with("CAAS_")).collect();
    let mut flags = cli.common.settings();
    flags.extend(cli.serve.settings());
    if let Some(Action::Serve(serve)) = &cli.action {
        flags.extend(serve.settings());
    }
    let config = config::load(cli.common.config.as_deref(), &environment, flags)?;
    logging::start(&config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Refusal::new("The runtime cannot start").caused_by(error))?;
    runtime.block_on(serve::serve(&config, cli.common.json))
}
