//! Test environment: servers, storage engines, users and operation histories.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a world that breaks ends its test with a sentence"
)]

pub mod api;
mod config;
mod eventually;
pub mod fake_graph;
pub mod history;
pub mod load;
pub mod mongod;
mod open_files;
pub mod server;
pub mod socket;
mod story;
pub mod totp;
pub mod world;

pub use config::{Engine, TestConfig, Tier};
pub use eventually::eventually;
pub use open_files::raise_open_files;
pub use server::{DataDir, ServerProcess};
pub use world::{Tenant, TestAdmin, TestUser, World};
