use store::Isolation;

store::string_enum! {
    /// What a tenant pays for; decides how it is isolated.
    pub enum Tier {
        /// Shares collections with others.
        Free = "free",
        /// Shares collections with others.
        Starter = "starter",
        /// Has a collection set of its own.
        Pro = "pro",
        /// Has a database of its own.
        Enterprise = "enterprise",
    }
}

impl Tier {
    /// How tenants of the tier are isolated.
    #[must_use]
    pub const fn isolation(self) -> Isolation {
        match self {
            Self::Free | Self::Starter => Isolation::Shared,
            Self::Pro => Isolation::DedicatedCollections,
            Self::Enterprise => Isolation::DedicatedDatabase,
        }
    }
}
