use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base::limit;
use serde_json::json;
use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::address::Address;
use super::read_line;
use crate::command::{Command, Desk};
use crate::listen::{Phase, Phases, REST};
use crate::refusal::Refusal;

/// Commands that are carried out at the same time.
const CONCURRENT: usize = 4;

/// Listens in the folder; answers the task that carries commands out until
/// the stop begins.
///
/// # Errors
/// A sentence when the socket cannot be made.
pub fn serve(
    folder: &Path,
    desk: Arc<Desk>,
    phases: Phases,
) -> Result<impl Future<Output = ()> + use<>, Refusal> {
    let unusable = |error| {
        Refusal::new(format!(
            "The control socket of {} cannot be made",
            folder.display()
        ))
        .caused_by(error)
    };
    let address = Address::of(folder).map_err(unusable)?;
    let path = address.file().to_owned();
    // Left behind by a server that was killed: the lock says that nobody listens there.
    let _ = std::fs::remove_file(&path);
    let socket = address.bind().map_err(unusable)?;
    std::fs::set_permissions(&path, Permissions::from_mode(0o600)).map_err(unusable)?;
    Ok(accept(socket, path, desk, phases))
}

async fn accept(socket: UnixListener, path: PathBuf, desk: Arc<Desk>, mut phases: Phases) {
    let free = Arc::new(Semaphore::new(CONCURRENT));
    loop {
        let next = tokio::select! {
            () = phases.reached(Phase::Draining) => break,
            next = next(&socket, &free) => next,
        };
        let Some((stream, permit)) = next else {
            tokio::time::sleep(REST).await;
            continue;
        };
        let desk = desk.clone();
        tokio::spawn(async move {
            let time = Duration::from_secs(limit::CONTROL_SECONDS as u64);
            let _ = tokio::time::timeout(time, answer(stream, &desk)).await;
            drop(permit);
        });
    }
    let _ = std::fs::remove_file(path);
    let everyone = u32::try_from(CONCURRENT).unwrap_or(u32::MAX);
    tokio::select! {
        _ = free.acquire_many(everyone) => {}
        () = phases.reached(Phase::Cutting) => {}
    }
}

/// The next caller, once there is room for one.
async fn next(
    socket: &UnixListener,
    free: &Arc<Semaphore>,
) -> Option<(UnixStream, OwnedSemaphorePermit)> {
    let permit = free.clone().acquire_owned().await.ok()?;
    let (stream, _) = socket.accept().await.ok()?;
    Some((stream, permit))
}

async fn answer(mut stream: UnixStream, desk: &Desk) -> Option<()> {
    let line = read_line(BufReader::new(&mut stream)).await?;
    let outcome = match serde_json::from_str::<Command>(&line) {
        Ok(command) => command.run(desk).await.map_err(Refusal::from),
        Err(error) => Err(
            Refusal::new("The server is of another version than this command.").caused_by(error),
        ),
    };
    let reply = match outcome {
        Ok(answer) => json!({ "answer": answer }),
        Err(refusal) => refusal.to_wire(),
    };
    stream.write_all(format!("{reply}\n").as_bytes()).await.ok()
}
