//! Bounds that a worker sets for itself before it reads a file.

use std::io;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::UnshareFlags;
use rustix::time::{ClockId, clock_gettime};

use crate::protocol::Start;

/// The standard streams: no file, socket or pipe can be opened in addition.
const DESCRIPTORS: u64 = 3;

/// Files that a worker processes at most in its life, which bounds its CPU time for good.
const FILES: u64 = 1_000;

/// Gives up files, processes, privileges, memory and, where the system allows it, the network.
pub fn enter(start: Start) -> io::Result<()> {
    std::env::set_current_dir("/")?;
    rustix::thread::set_no_new_privs(true)?;
    leave_namespaces();
    limit(Resource::Core, 0)?;
    limit(Resource::Fsize, 0)?;
    limit(Resource::Nproc, 0)?;
    limit(Resource::Nofile, DESCRIPTORS)?;
    limit(Resource::As, start.memory)?;
    limit(Resource::Cpu, start.cpu_seconds.saturating_mul(FILES))
}

/// Bounds the CPU time of the next file. The kernel ends the process at this bound.
pub fn bound_cpu_time(seconds: u64) -> io::Result<()> {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    let used = u64::try_from(now.tv_sec).unwrap_or(0);
    let bounds = getrlimit(Resource::Cpu);
    // A second more, because the bound is in whole seconds.
    let wanted = used.saturating_add(seconds).saturating_add(1);
    let current = bounds.maximum.map_or(wanted, |maximum| wanted.min(maximum));
    let new = Rlimit {
        current: Some(current),
        maximum: bounds.maximum,
    };
    Ok(setrlimit(Resource::Cpu, new)?)
}

/// Returns the CPU time that the process has used.
pub fn cpu_time() -> Duration {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let nanos = u32::try_from(now.tv_nsec).unwrap_or(0);
    Duration::new(seconds, nanos)
}

/// Lowers a bound for good; one that is lower already is kept.
fn limit(resource: Resource, wanted: u64) -> io::Result<()> {
    let maximum = getrlimit(resource).maximum;
    let bound = Some(maximum.map_or(wanted, |maximum| maximum.min(wanted)));
    let new = Rlimit {
        current: bound,
        maximum: bound,
    };
    Ok(setrlimit(resource, new)?)
}

/// Moves to new namespaces without network, processes in common or mounts. Containers often
/// forbid it; then the bound on descriptors alone keeps the worker off the network.
fn leave_namespaces() {
    let all = UnshareFlags::NEWUSER
        | UnshareFlags::NEWNET
        | UnshareFlags::NEWIPC
        | UnshareFlags::NEWNS
        | UnshareFlags::NEWUTS;
    #[expect(
        deprecated,
        reason = "unsafe only for shared descriptors, which are not unshared here"
    )]
    let _ = rustix::thread::unshare(all);
}
