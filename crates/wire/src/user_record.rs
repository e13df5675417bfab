use base::Timestamp;
use domain::user_log as rooms;
use serde::Serialize;
use serde_json::value::RawValue;
use store::Entity;
use utoipa::ToSchema;

use crate::schema;

/// A record of a user's log as the user's devices see it. It holds ids and
/// versions; what they name is read where it lives.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserRecord {
    /// Its place in the user's log: from 1, without holes.
    pub seq: i64,
    /// What happened, such as `conversation.joined` or `device.removed`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is about.
    #[schema(value_type = Object)]
    pub data: Box<RawValue>,
    /// When it was written.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
}

/// Records of a user's log, oldest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserLogPage {
    /// The records, at most 100.
    pub data: Vec<UserRecord>,
    /// The last record of the page, or what was asked for: go on after it.
    pub to: i64,
    /// Whether more follow.
    pub has_more: bool,
    /// Whether records between what was asked for and these are no longer kept: read anew what you follow.
    pub truncated: bool,
}

impl UserRecord {
    /// A stored record.
    ///
    /// # Errors
    /// When what is stored is no JSON.
    pub fn of(record: &Entity<rooms::UserRecord>) -> base::Result<Self> {
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
    /// A part of a user's log, read after this record.
    ///
    /// # Errors
    /// When what is stored is no JSON.
    pub fn of(log: &rooms::UserLog, after: i64) -> base::Result<Self> {
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
