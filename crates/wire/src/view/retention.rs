use domain::retention::{Rule, Wanted};
use store::Entity;

use crate::{NewRetention, Retention};

impl Retention {
    /// A rule as it stands.
    #[must_use]
    pub fn of(rule: &Entity<Rule>) -> Self {
        Self {
            days: rule.days,
            legal_hold: rule.legal_hold,
            updated_at: rule.updated_at,
        }
    }
}

impl From<NewRetention> for Wanted {
    fn from(new: NewRetention) -> Self {
        Self {
            days: new.days,
            legal_hold: new.legal_hold,
        }
    }
}
