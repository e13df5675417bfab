//! How many connections and database files the limit of open files allows.

use base::limit;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::{Config, StoreChoice};
use crate::logging::NOTICE;
use crate::refusal::Refusal;

/// Descriptors of one open database file: the file and its log for the writer,
/// the checkpointer and four readers, and their shared memory.
const PER_FILE: u64 = 13;

/// Descriptors of the process itself, the operator's listener, the control
/// socket and commands.
const FIXED: u64 = 64 + OPERATORS as u64 + 16;

/// Connections of the operator's listener.
pub const OPERATORS: u32 = 64;

/// Database files that are open at least.
const LEAST_FILES: u64 = 4;

/// Connections for which the server starts at least.
const LEAST_CONNECTIONS: u64 = 16;

/// What the limit of open files is spent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Descriptors {
    /// Open connections of the public listener, at most.
    pub connections: u32,
    /// Open database files, at most.
    pub files: usize,
}

impl Descriptors {
    /// Raises the limit of open files as far as the system allows, and divides
    /// it. Logs when it does not allow what is configured.
    ///
    /// # Errors
    /// A sentence when it does not suffice for a server.
    pub fn of_process(config: &Config) -> Result<Self, Refusal> {
        let limit = raise_open_files();
        let pool = match config.store.url {
            StoreChoice::Sqlite => None,
            StoreChoice::Mongo(_) => Some(config.store.pool_max),
        };
        let divided = Self::divide(limit, config.listen.connections, pool).ok_or_else(|| {
            Refusal::new(format!(
                "The limit of open files is {limit}, which is too low for a server (`ulimit -n`)."
            ))
        })?;
        let Self { connections, files } = divided;
        if connections < config.listen.connections {
            tracing::warn!(
                target: NOTICE,
                connections,
                configured = config.listen.connections,
                open_files = limit,
                "the limit of open files allows fewer connections than configured"
            );
        } else {
            tracing::info!(
                connections,
                files,
                open_files = limit,
                "limits of connections and files"
            );
        }
        Ok(divided)
    }

    /// Divides a limit: a reserve for everything but connections, then the connections.
    fn divide(limit: u64, connections: u32, pool: Option<u32>) -> Option<Self> {
        let files = (limit / 2).saturating_sub(FIXED) / PER_FILE;
        let files = files.clamp(LEAST_FILES, limit::OPEN_FILES as u64);
        let store = pool.map_or(files * PER_FILE, |pool| u64::from(pool) + 16);
        let left = limit.saturating_sub(FIXED + store);
        let connections = u64::from(connections).min(left);
        let is_enough = left >= LEAST_CONNECTIONS;
        let connections = u32::try_from(connections).unwrap_or(u32::MAX);
        is_enough.then(|| Self {
            connections,
            files: usize::try_from(files).unwrap_or(limit::OPEN_FILES),
        })
    }
}

/// Raises the limit of open files as far as the system allows, and returns it.
fn raise_open_files() -> u64 {
    let before = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: before.maximum,
        maximum: before.maximum,
    };
    let holds = if setrlimit(Resource::Nofile, wanted).is_ok() {
        before.maximum
    } else {
        before.current
    };
    holds.unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_high_limit_allows_what_is_configured() {
        let divided = Descriptors::divide(1_048_576, 50_000, None);
        assert_eq!(
            divided,
            Some(Descriptors {
                connections: 50_000,
                files: limit::OPEN_FILES
            })
        );
        assert!(Descriptors::divide(u64::MAX, u32::MAX, Some(10)).is_some());
    }

    #[test]
    fn a_low_limit_leaves_a_reserve_for_everything_else() {
        for open_files in [256, 1_024, 4_096, 20_000] {
            let Descriptors { connections, files } =
                Descriptors::divide(open_files, 50_000, None).unwrap();
            let reserve = open_files - u64::from(connections);
            assert!(
                reserve >= FIXED + PER_FILE * files as u64,
                "{open_files}: {connections} and {files}"
            );
            assert!(
                connections >= 16 && files >= 4,
                "{open_files}: {connections} and {files}"
            );
        }
    }

    #[test]
    fn a_limit_for_nothing_is_rejected() {
        assert_eq!(Descriptors::divide(128, 50_000, None), None);
    }
}
