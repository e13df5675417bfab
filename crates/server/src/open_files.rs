//! Division of the limit of open files among connections and database files.

use base::limit;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::cli_error::CliError;
use crate::config::{Config, StoreChoice};
use crate::logging::NOTICE;

/// Descriptors of one open database: file and write-ahead log of the writer,
/// the checkpointer and four readers, and their shared memory.
const PER_FILE: u64 = 13;

/// Descriptors of the process itself, the admin listener, the control socket
/// and commands.
const FIXED: u64 = 64 + ADMIN_CONNECTIONS as u64 + 16;

/// Maximum number of connections of the admin listener.
pub const ADMIN_CONNECTIONS: u32 = 64;

/// Minimum number of open database files.
const MIN_FILES: u64 = 4;

/// Minimum number of connections with which the server starts.
const MIN_CONNECTIONS: u64 = 16;

/// Division of the limit of open files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenFileBudget {
    /// Maximum number of open connections of the public listener.
    pub connections: u32,
    /// Maximum number of open database files.
    pub files: usize,
}

impl OpenFileBudget {
    /// Raises the limit of open files as far as the system allows, and divides
    /// it. Logs a warning if it is too low for the configured connections.
    ///
    /// # Errors
    /// Fails if the limit is too low for a server.
    pub fn of_process(config: &Config) -> Result<Self, CliError> {
        let limit = raise_open_files();
        let pool = match config.store.url {
            StoreChoice::Sqlite => None,
            StoreChoice::Mongo(_) => Some(config.store.pool_max),
        };
        let divided = Self::divide(limit, config.listen.connections, pool).ok_or_else(|| {
            CliError::new(format!(
                "The limit of open files is too low: {limit}. Raise it with `ulimit -n`."
            ))
        })?;
        let Self { connections, files } = divided;
        if connections < config.listen.connections {
            tracing::warn!(
                target: NOTICE,
                connections,
                configured = config.listen.connections,
                open_files = limit,
                "limit of open files is too low for the configured connections"
            );
        } else {
            tracing::info!(
                connections,
                files,
                open_files = limit,
                "connection and file limits"
            );
        }
        Ok(divided)
    }

    /// Divides a limit: first the reserve for everything else, then the connections.
    fn divide(limit: u64, connections: u32, pool: Option<u32>) -> Option<Self> {
        let files = (limit / 2).saturating_sub(FIXED) / PER_FILE;
        let files = files.clamp(MIN_FILES, limit::OPEN_FILES as u64);
        let store = pool.map_or(files * PER_FILE, |pool| u64::from(pool) + 16);
        let left = limit.saturating_sub(FIXED + store);
        let connections = u64::from(connections).min(left);
        let is_enough = left >= MIN_CONNECTIONS;
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
    let raised = if setrlimit(Resource::Nofile, wanted).is_ok() {
        before.maximum
    } else {
        before.current
    };
    raised.unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn high_limit_allows_the_configured_connections() {
        let divided = OpenFileBudget::divide(1_048_576, 50_000, None);
        assert_eq!(
            divided,
            Some(OpenFileBudget {
                connections: 50_000,
                files: limit::OPEN_FILES
            })
        );
        assert!(OpenFileBudget::divide(u64::MAX, u32::MAX, Some(10)).is_some());
    }

    #[test]
    fn low_limit_keeps_a_reserve_for_everything_else() {
        for open_files in [256, 1_024, 4_096, 20_000] {
            let OpenFileBudget { connections, files } =
                OpenFileBudget::divide(open_files, 50_000, None).unwrap();
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
    fn too_low_limit_is_rejected() {
        assert_eq!(OpenFileBudget::divide(128, 50_000, None), None);
    }
}
