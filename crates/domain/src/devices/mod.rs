//! The devices by which a user connects and is reached.

mod collections;
mod list;
mod push_token;
mod register;
mod remove;
mod rename;
mod seen;

pub use collections::{Device, Platform};
pub use list::{list, list_page};
pub use push_token::PushToken;
pub use register::{NewDevice, Registered, register};
pub use remove::remove;
pub use rename::rename;
pub use seen::seen;

use base::{Error, ErrorCode, Id, Result};
use store::{Collection, Declaration, Entity, TenantStore};

use crate::users::User;

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[Device::DECLARATION];

fn not_found() -> Error {
    Error::new(ErrorCode::DeviceNotFound, "There is no such device.")
}

async fn find(
    tenant: &TenantStore,
    user: Id<User>,
    device_id: &str,
) -> Result<Option<Entity<Device>>> {
    let query = Device::by_device
        .eq(Device::user_id, user)
        .eq(Device::device_id, device_id.to_owned());
    Ok(tenant.find(query).await?)
}
