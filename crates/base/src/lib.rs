//! What every floor stands on: typed ids, time and entropy passed in as
//! parameters, the closed list of error codes, the table of limits, and
//! cursors nobody can forge.

mod change;
mod client_address;
mod code;
mod context;
mod cursor;
mod external_id;
mod failure;
mod id;
mod limits;
mod named;
mod page;
mod recent;
mod tenant_id;
mod timestamp;

pub use change::Change;
pub use client_address::{ClientAddress, ClientNetwork};
pub use code::Code;
pub use context::{Clock, Context, Entropy, MockClock, OsEntropy, SeededEntropy, SystemClock};
pub use cursor::{CursorKey, InvalidCursor};
pub use external_id::{ExternalId, InvalidExternalId};
pub use failure::{Failure, Fault, Result};
pub use id::{Id, InvalidId, ObjectId};
pub use limits::{LIMITS, Limit, Unit, limit};
pub use named::{InvalidName, Named};
pub use page::{Direction, PageSize};
pub use recent::Recent;
pub use tenant_id::TenantId;
pub use timestamp::{InvalidTimestamp, Timestamp};
