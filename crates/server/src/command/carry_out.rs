use base::{Context, limit};

use super::{Answer, Command};
use crate::config::{Config, StoreChoice};
use crate::control;
use crate::folder::{Claim, claim};
use crate::opened::open;
use crate::refusal::Refusal;

/// Carries a command out on the configured store: through the server that
/// serves the folder, or on the store itself where there is none and on
/// `MongoDB`.
///
/// # Errors
/// What the command refuses, or a sentence when the store cannot be opened.
pub async fn carry_out(config: &Config, command: Command) -> Result<Answer, Refusal> {
    let folder = match config.store.url {
        StoreChoice::Mongo(_) => None,
        StoreChoice::Sqlite => match claim(&config.store.data_dir).await? {
            Claim::Served => return control::ask(&config.store.data_dir, &command).await,
            Claim::Ours(folder) => Some(folder),
        },
    };
    let desk = open(
        config,
        folder.as_ref(),
        Context::system(),
        limit::OPEN_FILES,
    )
    .await?;
    let answer = command.run(&desk).await;
    desk.store.close().await;
    Ok(answer?)
}
