//! The world for tests: servers, engines, people, ledgers.
