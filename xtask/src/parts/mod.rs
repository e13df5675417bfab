//! Real parts that the tests run against, fetched once into `.cache`.

mod browser;
mod mongod;
mod system;

pub use browser::{browser, sdk};
pub use mongod::mongod;
pub use system::{program, toolchain};
