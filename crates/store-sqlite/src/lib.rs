//! The embedded engine: a file per place, one writer with group commit.
