store::collection! {
    /// Something of a user's.
    pub struct Note: TenantData "notes" {
        /// Whose.
        user_id: base::ObjectId,
        /// What.
        text: String,
    }
    indexes {
        by_user: None [user_id];
    }
    personal {
        user_id: wipe [text] by by_user;
    }
}

fn main() {}
