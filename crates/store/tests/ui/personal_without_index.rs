store::collection! {
    /// Something of a user's.
    pub struct Note: TenantData "notes" {
        /// Whose.
        user_id: base::ObjectId,
        /// When.
        at: base::Timestamp,
    }
    indexes {
        by_time: None [at, user_id];
    }
    personal {
        user_id: purge by by_time;
    }
}

fn main() {}
