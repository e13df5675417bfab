store::collection! {
    /// A tenant's.
    pub struct Member: TenantData "members" {
        /// The room.
        room: base::ObjectId,
        /// The seat.
        seat: i64,
    }
    shard_by: [room];
    indexes {
        by_seat: Unique [seat, room];
    }
    personal: none("nobody is erased here");
}

fn main() {}
