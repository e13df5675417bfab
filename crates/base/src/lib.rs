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

pub use change::Patch;
pub use client_address::{ClientAddress, ClientNetwork};
pub use code::ErrorCode;
pub use context::{Clock, Context, Entropy, MockClock, OsEntropy, SeededEntropy, SystemClock};
pub use cursor::{CursorKey, InvalidCursor};
pub use external_id::{ExternalId, InvalidExternalId};
pub use failure::{Error, FieldError, Result};
pub use id::{Id, InvalidId, ObjectId};
pub use limits::{LIMITS, Limit, Unit, limit};
pub use named::{IdOrExternalId, InvalidName};
pub use page::{Direction, PageSize};
pub use recent::TtlCache;
pub use tenant_id::TenantId;
pub use timestamp::{InvalidTimestamp, Timestamp};
