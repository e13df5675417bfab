//! Control socket of a data directory: a command is sent to the server that
//! serves the directory and alone has its files open. Request and response are
//! one line of JSON each.

use std::fs::{File, Permissions};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base::limit;
use serde_json::{Value, json};
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader,
};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::cli_error::CliError;
use crate::command::{Command, Output};
use crate::listen::ACCEPT_RETRY_DELAY;
use crate::services::Services;
use crate::shutdown::{Shutdown, ShutdownPhase};

/// Maximum length of the path of a Unix socket, without the terminating zero.
const MAX_ADDRESS_BYTES: usize = 107;

/// Commands that run concurrently.
const MAX_CONCURRENT_COMMANDS: usize = 4;

/// Timeout of a command.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(limit::CONTROL_SECONDS as u64);

/// Sends a command to the server that serves the data directory.
///
/// # Errors
/// Fails with the error of the command, or if the server does not respond.
pub async fn send_command(data_dir: &Path, command: &Command) -> Result<Output, CliError> {
    let no_response = || {
        CliError::new(format!(
            "{} is in use by another process that does not respond.",
            data_dir.display()
        ))
    };
    let line = timeout(COMMAND_TIMEOUT, exchange(data_dir, command))
        .await
        .map_err(|_| no_response())?
        .ok_or_else(no_response)?;
    let mut response: Value = serde_json::from_str(&line).map_err(|_| no_response())?;
    match response.get_mut("answer").map(Value::take) {
        Some(output) => Ok(output),
        None => Err(CliError::from_wire(&response)),
    }
}

/// Returns whether a server listens on the control socket of the data directory.
pub async fn is_served(data_dir: &Path) -> bool {
    match SocketAddress::of(data_dir) {
        Ok(address) => address.connect().await.is_ok(),
        Err(_) => false,
    }
}

async fn exchange(data_dir: &Path, command: &Command) -> Option<String> {
    let mut stream = SocketAddress::of(data_dir).ok()?.connect().await.ok()?;
    let mut line = serde_json::to_vec(command).ok()?;
    line.push(b'\n');
    stream.write_all(&line).await.ok()?;
    read_line(BufReader::new(stream)).await
}

/// Binds the control socket and returns the task that runs commands until the
/// shutdown begins.
///
/// # Errors
/// Fails if the socket cannot be created.
pub fn serve(
    data_dir: &Path,
    services: Arc<Services>,
    shutdown: Shutdown,
) -> Result<impl Future<Output = ()> + use<>, CliError> {
    let unusable = |error| {
        CliError::new(format!(
            "Cannot create the control socket of {}",
            data_dir.display()
        ))
        .with_cause(error)
    };
    let address = SocketAddress::of(data_dir).map_err(unusable)?;
    let path = address.path().to_owned();
    // A server that was killed leaves the socket behind; the lock proves that none listens.
    let _ = std::fs::remove_file(&path);
    let socket = address.bind().map_err(unusable)?;
    std::fs::set_permissions(&path, Permissions::from_mode(0o600)).map_err(unusable)?;
    Ok(accept_commands(socket, path, services, shutdown))
}

async fn accept_commands(
    socket: UnixListener,
    path: PathBuf,
    services: Arc<Services>,
    mut shutdown: Shutdown,
) {
    let permits = Arc::new(Semaphore::new(MAX_CONCURRENT_COMMANDS));
    loop {
        let accepted = tokio::select! {
            () = shutdown.reached(ShutdownPhase::Draining) => break,
            accepted = accept(&socket, &permits) => accepted,
        };
        let Some((stream, permit)) = accepted else {
            tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
            continue;
        };
        let services = services.clone();
        tokio::spawn(async move {
            let _ = timeout(COMMAND_TIMEOUT, handle(stream, &services)).await;
            drop(permit);
        });
    }
    let _ = std::fs::remove_file(path);
    let all = u32::try_from(MAX_CONCURRENT_COMMANDS).unwrap_or(u32::MAX);
    tokio::select! {
        _ = permits.acquire_many(all) => {}
        () = shutdown.reached(ShutdownPhase::Aborting) => {}
    }
}

/// Accepts the next connection once a permit is available.
async fn accept(
    socket: &UnixListener,
    permits: &Arc<Semaphore>,
) -> Option<(UnixStream, OwnedSemaphorePermit)> {
    let permit = permits.clone().acquire_owned().await.ok()?;
    let (stream, _) = socket.accept().await.ok()?;
    Some((stream, permit))
}

async fn handle(mut stream: UnixStream, services: &Services) -> Option<()> {
    let line = read_line(BufReader::new(&mut stream)).await?;
    let outcome = match serde_json::from_str::<Command>(&line) {
        Ok(command) => command.run(services).await.map_err(CliError::from),
        Err(error) => Err(
            CliError::new("The server has another version than this command.").with_cause(error),
        ),
    };
    let response = match outcome {
        Ok(output) => json!({ "answer": output }),
        Err(error) => error.to_wire(),
    };
    stream
        .write_all(format!("{response}\n").as_bytes())
        .await
        .ok()
}

/// Reads one line of at most [`limit::CONTROL_LINE_BYTES`]; returns `None` if it
/// is longer or the peer has closed the connection.
async fn read_line(reader: impl AsyncBufRead + Unpin) -> Option<String> {
    let mut line = String::new();
    let mut limited = reader.take(limit::CONTROL_LINE_BYTES as u64);
    limited.read_line(&mut line).await.ok()?;
    line.ends_with('\n').then_some(line)
}

/// Address of the control socket of a data directory with a path of any length.
struct SocketAddress {
    path: PathBuf,
    /// Path of the same socket that is short enough for an address.
    short_path: PathBuf,
    /// Keeps the short path valid.
    _data_dir: Option<File>,
}

impl SocketAddress {
    /// Returns the address of a directory's socket. A path that is too long is
    /// replaced by one through a handle of the directory.
    ///
    /// # Errors
    /// Fails if the directory cannot be opened.
    fn of(data_dir: &Path) -> io::Result<Self> {
        let path = data_dir.join("control.sock");
        if path.as_os_str().len() <= MAX_ADDRESS_BYTES {
            return Ok(Self {
                short_path: path.clone(),
                path,
                _data_dir: None,
            });
        }
        let handle = File::open(data_dir)?;
        let short_path =
            PathBuf::from(format!("/proc/self/fd/{}/control.sock", handle.as_raw_fd()));
        Ok(Self {
            path,
            short_path,
            _data_dir: Some(handle),
        })
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn bind(&self) -> io::Result<UnixListener> {
        UnixListener::bind(&self.short_path)
    }

    async fn connect(&self) -> io::Result<UnixStream> {
        UnixStream::connect(&self.short_path).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn socket_is_reachable_for_paths_of_any_length() {
        let parent = tempfile::tempdir().unwrap();
        for length in [1, 95, 200] {
            let data_dir = parent.path().join("d".repeat(length));
            std::fs::create_dir(&data_dir).unwrap();
            let address = SocketAddress::of(&data_dir).unwrap();
            let _listener = address.bind().unwrap();
            assert!(data_dir.join("control.sock").exists());
            assert!(is_served(&data_dir).await);
        }
    }
}
