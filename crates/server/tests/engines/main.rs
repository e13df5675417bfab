//! What the domain does on both engines when others race with it or it stops
//! in the midst of a statement.
#![expect(clippy::unwrap_used, reason = "a story stops where it goes wrong")]

mod blocks;
mod bounds;
mod halting;
mod holds;
mod on_both;
mod person;
mod recounts;
