//! The storage on an S3 service that verifies signatures and injects faults.
//!
//! `CAAS_MOTO` names a Python with moto and botocore; `cargo xtask test` installs it. Without it
//! the tests are skipped.

#![expect(clippy::unwrap_used, reason = "a test stops where it goes wrong")]

mod faults;
mod objects;
mod service;
