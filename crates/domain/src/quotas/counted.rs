use base::{Error, ErrorCode, limit};

store::string_enum! {
    /// What is counted of a user.
    pub enum QuotaKind {
        /// Friends and open requests, own and others'.
        Friends = "friends",
        /// Users whom the user blocks.
        Blocks = "blocks",
        /// Users of whom the user notes something.
        Remarks = "remarks",
        /// Apps that keep data for the user.
        Apps = "apps",
        /// Keys that one app keeps for the user.
        AppKeys = "app_keys",
    }
}

impl QuotaKind {
    /// The most that a user may have.
    #[must_use]
    pub const fn most(self) -> usize {
        match self {
            Self::Friends => limit::USER_FRIENDS,
            Self::Blocks => limit::USER_BLOCKS,
            Self::Remarks => limit::USER_REMARKS,
            Self::Apps => limit::USER_APPS,
            Self::AppKeys => limit::APP_DATA_KEYS,
        }
    }

    /// Says that there is no room for another.
    pub(super) fn full(self) -> Error {
        let most = self.most();
        let told = match self {
            Self::Friends => {
                format!("One of the two has {most} friends and open requests, which is the most.")
            }
            Self::Blocks => format!("The user blocks {most} others, which is the most."),
            Self::Remarks => format!("The user has remarks on {most} others, which is the most."),
            Self::Apps => format!("The user has data of {most} apps, which is the most."),
            Self::AppKeys => format!("The app keeps {most} keys for the user, which is the most."),
        };
        Error::new(ErrorCode::LimitReached, told)
    }
}
