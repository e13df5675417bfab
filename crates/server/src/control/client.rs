use std::path::Path;
use std::time::Duration;

use base::limit;
use serde_json::Value;
use tokio::io::{AsyncWriteExt as _, BufReader};

use super::address::Address;
use super::read_line;
use crate::command::{Answer, Command};
use crate::refusal::Refusal;

/// Has the server that serves the folder carry out a command.
///
/// # Errors
/// What the command refuses, or a sentence when the server does not answer.
pub async fn ask(folder: &Path, command: &Command) -> Result<Answer, Refusal> {
    let silent = || {
        Refusal::new(format!(
            "{} is in use by another process that does not answer.",
            folder.display()
        ))
    };
    let exchange = tokio::time::timeout(
        Duration::from_secs(limit::CONTROL_SECONDS as u64),
        exchange(folder, command),
    );
    let line = exchange.await.map_err(|_| silent())?.ok_or_else(silent)?;
    let mut reply: Value = serde_json::from_str(&line).map_err(|_| silent())?;
    match reply.get_mut("answer").map(Value::take) {
        Some(answer) => serde_json::from_value(answer).map_err(|_| silent()),
        None => Err(Refusal::from_wire(&reply)),
    }
}

/// Returns whether a server listens for commands on the folder.
pub async fn is_served(folder: &Path) -> bool {
    match Address::of(folder) {
        Ok(address) => address.connect().await.is_ok(),
        Err(_) => false,
    }
}

async fn exchange(folder: &Path, command: &Command) -> Option<String> {
    let mut stream = Address::of(folder).ok()?.connect().await.ok()?;
    let mut line = serde_json::to_vec(command).ok()?;
    line.push(b'\n');
    stream.write_all(&line).await.ok()?;
    read_line(BufReader::new(stream)).await
}
