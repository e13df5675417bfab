//! Fault injection: proves that tests detect the faults. Does nothing without the feature
//! `fault-injection`, which no release build enables.

/// Environment variable with the name of the fault.
pub const VARIABLE: &str = "CAAS_FAULT";

/// Injects the bug of the store that the environment names.
pub fn enable_from_environment() {
    #[cfg(feature = "fault-injection")]
    for (name, bug) in store::fault_injection::Bug::ALL {
        if is_injected(name) {
            tracing::warn!(fault = name, "fault injected");
            bug.inject(true);
        }
    }
}

/// Returns whether the environment names this fault.
pub fn is_injected(fault: &str) -> bool {
    cfg!(feature = "fault-injection") && std::env::var(VARIABLE).is_ok_and(|name| name == fault)
}
