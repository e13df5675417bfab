//! Tests of the domain on both engines, with concurrent writers and with interrupted statements.
#![expect(clippy::unwrap_used, reason = "a story stops where it goes wrong")]

mod blocks;
mod bounds;
mod holds;
mod media;
mod on_both;
mod pausing_engine;
mod person;
mod recounts;
