use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises this process's limit of open files as far as the system lets us:
/// each connection of a load client is one.
pub fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    // Where the system refuses, the load client meets the limit and says so itself.
    let _ = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: limit.maximum,
            maximum: limit.maximum,
        },
    );
}
