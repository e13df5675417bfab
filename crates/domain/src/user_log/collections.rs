use base::{Id, ObjectId};
use serde_json::json;
use store::{JsonText, collection};

use super::UserEvent;
use crate::identity::User;
use crate::outbox::Outbox;

collection! {
    /// A record of a user's log. Contains ids and versions only; clients fetch the objects.
    pub struct UserRecord: TenantData "user_log" {
        /// The user who owns the log.
        user_id: Id<User>,
        /// Sequence number in the log; starts at 1, without gaps.
        seq: i64,
        /// Whether the record is part of the timeline; always true.
        shown: bool,
        /// Id of the outbox task; identifies a retry.
        task_id: Id<Outbox>,
        /// Event type.
        r#type: String,
        /// Event data.
        data: JsonText,
    }
    shard_by: [user_id];
    log: { key: user_id of User, seq: seq, shown: shown, fence: by_seq, timeline: by_shown, retry: by_task };
    indexes {
        by_seq: Unique [user_id, seq];
        by_shown: Unique [user_id, shown, seq];
        by_task: Unique [user_id, task_id];
    }
    personal {
        user_id: purge by by_seq;
    }
}

/// What a record ends, so that connections are closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// A device was removed.
    Device(String),
    /// A session ended.
    Session(ObjectId),
}

impl UserRecord {
    /// Returns the device or session whose connections the record closes.
    #[must_use]
    pub fn ended(&self) -> Option<Ended> {
        let data: serde_json::Value = serde_json::from_str(&self.data.0).ok()?;
        match serde_json::from_value(json!({"type": self.r#type, "data": data})).ok()? {
            UserEvent::DeviceRemoved { device_id } => Some(Ended::Device(device_id)),
            UserEvent::SessionEnded { session_id } => Some(Ended::Session(session_id)),
            _ => None,
        }
    }
}
