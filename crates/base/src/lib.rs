//! Foundation of all layers: typed ids, time and entropy as parameters, the
//! closed list of error codes, the table of limits, and signed cursors.

mod client_address;
mod context;
mod cursor;
mod error;
mod error_code;
mod external_id;
mod id;
mod id_or_external_id;
mod limit_unit;
mod limits;
mod page;
mod patch;
mod tenant_id;
mod timestamp;
mod ttl_cache;

pub use client_address::{ClientAddress, ClientNetwork};
pub use context::{Clock, Context, Entropy, MockClock, OsEntropy, SeededEntropy, SystemClock};
pub use cursor::{CursorKey, InvalidCursor};
pub use error::{Error, FieldError, Result};
pub use error_code::ErrorCode;
pub use external_id::{ExternalId, InvalidExternalId};
pub use id::{Id, InvalidId, ObjectId};
pub use id_or_external_id::{IdOrExternalId, InvalidName};
pub use limit_unit::{Limit, Unit};
pub use limits::{LIMITS, limit};
pub use page::{Direction, PageSize};
pub use patch::Patch;
pub use tenant_id::TenantId;
pub use timestamp::{InvalidTimestamp, Timestamp};
pub use ttl_cache::TtlCache;
