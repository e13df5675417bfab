//! Health of the files: whether the engine can read and write them.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use store::{Cause, ReadError};

use crate::failure::is_damage;
use crate::verify::Unusable;

/// Bytes that must fit on the disk for the engine to be ready for writes.
const ROOM: usize = 1024 * 1024;

/// Time for which the result of a trial write is used.
const TRIAL_PERIOD: Duration = Duration::from_secs(1);

/// Health of the files of a data directory.
pub(crate) struct Health {
    data_dir: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Damaged files with the reason. A file remains damaged until a restart.
    damaged: BTreeMap<PathBuf, String>,
    /// Files that could not be written recently, with the reason.
    unwritable: BTreeMap<PathBuf, String>,
    trial: Option<(Instant, Result<(), Arc<str>>)>,
}

/// Reason why the engine is not ready.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NotReady(Arc<str>);

impl Health {
    /// Creates the state of a data directory without known faults.
    pub(crate) fn new(data_dir: &Path) -> Self {
        Self {
            data_dir: data_dir.to_owned(),
            state: Mutex::default(),
        }
    }

    /// Records that a file cannot be used until an operator acts.
    pub(crate) fn halted(&self, path: PathBuf, cause: &Cause) {
        let cause: &(dyn std::error::Error + 'static) = cause.as_ref();
        let is_damaged = match (
            cause.downcast_ref::<Unusable>(),
            cause.downcast_ref::<rusqlite::Error>(),
        ) {
            (Some(Unusable::Unwritable(..) | Unusable::Sqlite(..)), _) => false,
            (Some(_), _) => true,
            (None, error) => error.is_some_and(is_damage),
        };
        let mut state = self.state.lock();
        let reason = cause.to_string();
        let known = if is_damaged {
            &mut state.damaged
        } else {
            &mut state.unwritable
        };
        if known.insert(path.clone(), reason.clone()).is_none() {
            tracing::error!(path = %path.display(), reason, "a database file cannot be used");
        }
    }

    /// Checks that no file is damaged and that the disk accepts writes. Blocks.
    pub(crate) fn ready(&self) -> Result<(), ReadError> {
        let state = self.state.lock();
        if let Some((path, reason)) = state.damaged.first_key_value() {
            let reason = format!("the database file {} is damaged: {reason}", path.display());
            return Err(not_ready(reason.into()));
        }
        if let Some((at, outcome)) = &state.trial
            && at.elapsed() < TRIAL_PERIOD
        {
            return outcome.clone().map_err(not_ready);
        }
        let files: Vec<_> = state.unwritable.keys().cloned().collect();
        drop(state);
        let outcome = self
            .trial(&files)
            .map_err(|error| format!("the data folder takes no writes: {error}").into());
        let mut state = self.state.lock();
        state.trial = Some((Instant::now(), outcome.clone()));
        if outcome.is_ok() && !state.unwritable.is_empty() {
            tracing::info!("the data folder takes writes again");
            state.unwritable.clear();
        }
        outcome.map_err(not_ready)
    }

    /// Writes and removes a trial file, and opens the files that could not be written.
    fn trial(&self, files: &[PathBuf]) -> io::Result<()> {
        for file in files.iter().filter(|file| file.exists()) {
            OpenOptions::new().write(true).open(file)?;
        }
        let path = self.data_dir.join(".write-trial");
        let written = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)
            .and_then(|mut file| file.write_all(&vec![0; ROOM]));
        let removed = fs::remove_file(&path);
        written.and(removed)
    }
}

fn not_ready(reason: Arc<str>) -> ReadError {
    ReadError::Halted(Arc::new(NotReady(reason)))
}
