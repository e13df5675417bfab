//! Resource usage of a process, from `/proc` of Linux.

use std::fs;
use std::time::Duration;

/// Unit of CPU time in `/proc`.
const TICK: Duration = Duration::from_millis(10);

/// Returns the CPU time of all threads of a process, including ended ones.
pub fn cpu(process: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("the process runs");
    // The name in parentheses may contain spaces; the third field follows it.
    let fields = stat
        .rsplit_once(')')
        .map_or("", |(_, fields)| fields)
        .split_whitespace();
    let ticks: u32 = fields
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u32>().ok())
        .sum();
    TICK * ticks
}

/// Returns the resident memory of a process in bytes.
pub fn resident(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("the process runs");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap_or_default();
    line.split_whitespace()
        .next()
        .and_then(|kib| kib.parse::<f64>().ok())
        .unwrap_or_default()
        * 1024.0
}

/// Returns the id of this process.
pub fn own() -> u32 {
    std::process::id()
}
