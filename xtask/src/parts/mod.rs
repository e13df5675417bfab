//! Real parts that the tests run against, fetched once into `.cache`.

mod aiosmtpd;
mod browser;
mod clamd;
mod mongod;
mod moto;
mod python;
mod schemathesis;
mod system;

pub use aiosmtpd::aiosmtpd;
pub use browser::{browser, browser_packages, has_node, sdk};
pub use clamd::clamd;
pub use mongod::mongod;
pub use moto::moto;
pub use schemathesis::schemathesis;
pub use system::{program, toolchain};
