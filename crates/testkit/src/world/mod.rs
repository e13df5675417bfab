//! Users and tenants on a running server.

mod person;
mod tenant;
mod test_world;

pub use person::Person;
pub use tenant::Tenant;
pub use test_world::World;
