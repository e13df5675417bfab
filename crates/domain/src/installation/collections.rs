store::collection! {
    /// Facts about the whole installation. There is one document, created at the first start.
    pub struct Installation: PlatformData "installation" {
        /// Random id of the media storage with the files of this database.
        media_store_id: String,
        /// Whether the media storage has the id.
        media_store_ready: bool,
    }
    indexes {}
    personal: none("the installation is not a user");
}
