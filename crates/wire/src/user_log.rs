use base::Timestamp;
use domain::user_log;
use serde::Serialize;
use serde_json::value::RawValue;
use store::Entity;
use utoipa::ToSchema;

use crate::schema;

/// A record of a user's log. It contains ids and versions; read the objects from their own
/// endpoints.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserRecord {
    /// Sequence number in the user's log: from 1, without gaps.
    pub seq: i64,
    /// Event type, such as `conversation.joined` or `device.removed`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Ids and versions of the affected objects.
    #[schema(value_type = Object)]
    pub data: Box<RawValue>,
    /// Creation time.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
}

/// Records of a user's log, oldest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserLogPage {
    /// The records, at most 100.
    pub data: Vec<UserRecord>,
    /// The last record of the page, or the requested position: continue after it.
    pub to: i64,
    /// Whether more records follow.
    pub has_more: bool,
    /// Whether records between the requested position and this page have expired: read the
    /// objects again.
    pub truncated: bool,
}

impl UserRecord {
    /// Converts a stored record.
    ///
    /// # Errors
    /// Fails if the stored data is not valid JSON.
    pub fn of(record: &Entity<user_log::UserRecord>) -> base::Result<Self> {
        let data =
            RawValue::from_string(record.data.0.to_string()).map_err(base::Error::internal)?;
        Ok(Self {
            seq: record.seq,
            kind: record.r#type.clone(),
            data,
            created_at: record.created_at,
        })
    }
}

impl UserLogPage {
    /// Converts a page of a user's log read after `after`.
    ///
    /// # Errors
    /// Fails if the stored data is not valid JSON.
    pub fn of(log: &user_log::UserLog, after: i64) -> base::Result<Self> {
        let data: Vec<_> = log
            .records
            .iter()
            .map(UserRecord::of)
            .collect::<base::Result<_>>()?;
        let to = data.last().map_or(after, |record| record.seq);
        Ok(Self {
            has_more: to < log.head,
            truncated: log.cut,
            data,
            to,
        })
    }
}
