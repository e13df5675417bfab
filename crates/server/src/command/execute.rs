use base::{Context, limit};

use super::{Command, Output};
use crate::cli_error::CliError;
use crate::config::{Config, StoreChoice};
use crate::control;
use crate::data_dir::{DataDirState, acquire};
use crate::open_store::open_store;

/// Executes a command on the configured store. If a server serves the data
/// directory, the command is sent to it. Otherwise, and always with `MongoDB`,
/// this process opens the store.
///
/// # Errors
/// Fails with the error of the command, or if the store cannot be opened.
pub async fn execute(config: &Config, command: Command) -> Result<Output, CliError> {
    let data_dir = match config.store.url {
        StoreChoice::Mongo(_) => None,
        StoreChoice::Sqlite => match acquire(&config.store.data_dir).await? {
            DataDirState::Served => {
                return control::send_command(&config.store.data_dir, &command).await;
            }
            DataDirState::Locked(data_dir) => Some(data_dir),
        },
    };
    let services = open_store(
        config,
        data_dir.as_ref(),
        Context::system(),
        limit::OPEN_FILES,
    )
    .await?;
    let output = command.run(&services).await;
    services.store.close().await;
    Ok(output?)
}
