//! The world for tests: servers, engines, people, ledgers.

pub mod ledger;
