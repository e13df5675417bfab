//! What a process has used, as `/proc` of Linux tells.

use std::fs;
use std::time::Duration;

/// The kernel's unit of processor time in `/proc`.
const TICK: Duration = Duration::from_millis(10);

/// Processor time of all threads of a process, those that ended included.
pub fn cpu(process: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("the process runs");
    // The name in brackets may hold spaces; what follows it is counted from the third field.
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

/// Resident memory of a process in bytes.
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

/// This program's own number.
pub fn own() -> u32 {
    std::process::id()
}
