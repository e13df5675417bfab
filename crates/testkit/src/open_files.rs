use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises this process's limit of open files as far as the system permits.
///
/// Each connection of a load client needs an open file.
pub fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    // If the system rejects this, the load client reaches the limit and reports it.
    let _ = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: limit.maximum,
            maximum: limit.maximum,
        },
    );
}
