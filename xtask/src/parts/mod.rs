//! Real parts that the tests run against, fetched once into `.cache`.

mod browser;
mod mongod;
mod schemathesis;
mod system;

pub use browser::{browser, sdk};
pub use mongod::mongod;
pub use schemathesis::schemathesis;
pub use system::{program, toolchain};
