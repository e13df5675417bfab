use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the limit of open files as far as the system lets us: each
/// connection is one. Answers what holds now.
pub fn raise_open_files() -> u64 {
    let before = getrlimit(Resource::Nofile);
    let wanted = Rlimit { current: before.maximum, maximum: before.maximum };
    let holds = if setrlimit(Resource::Nofile, wanted).is_ok() { before.maximum } else { before.current };
    holds.unwrap_or(u64::MAX)
}
