//! Users and tenants on a running server.

mod admin;
mod tenant;
mod test_user;
mod test_world;

pub use admin::TestAdmin;
pub use tenant::Tenant;
pub use test_user::TestUser;
pub use test_world::World;
