use base::Id;
use serde_json::json;
use store::{JsonText, collection};

use super::UserEvent;
use crate::identity::User;
use crate::outbox::Outbox;

collection! {
    /// A record of a user's log. It holds ids and versions; what they name is
    /// read where it lives.
    pub struct UserRecord: TenantData "user_log" {
        /// The user, whose log this is.
        user_id: Id<User>,
        /// The record's number in the log, from 1 without holes.
        seq: i64,
        /// Whether it stands in the timeline; all do.
        shown: bool,
        /// The outbox's name of it; tells a repetition.
        task_id: Id<Outbox>,
        /// What happened.
        r#type: String,
        /// What it is about.
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

impl UserRecord {
    /// The device that the record says was removed.
    #[must_use]
    pub fn removed_device(&self) -> Option<String> {
        let data: serde_json::Value = serde_json::from_str(&self.data.0).ok()?;
        match serde_json::from_value(json!({"type": self.r#type, "data": data})).ok()? {
            UserEvent::DeviceRemoved { device_id } => Some(device_id),
            _ => None,
        }
    }
}
