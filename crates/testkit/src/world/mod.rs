//! People and tenants on a running server.

mod person;
mod scene;
mod tenant;

pub use person::Person;
pub use scene::World;
pub use tenant::Tenant;
