store::collection! {
    /// A log that would tear holes.
    pub struct Entry: TenantData "entries" {
        /// The log.
        room: base::ObjectId,
        /// Its number.
        seq: i64,
        /// Whether it is of the main timeline.
        shown: bool,
        /// The sender's own id of it.
        client_id: Option<String>,
    }
    soft_delete: true;
    log: { key: room of (), seq: seq, shown: shown, fence: by_seq, timeline: by_shown, retry: by_client_id };
    indexes {
        by_seq: Unique [room, seq];
        by_shown: None [room, shown, seq];
        by_client_id: UniqueWhenPresent [room, client_id];
    }
    personal: none("nobody is erased here");
}

fn main() {}
