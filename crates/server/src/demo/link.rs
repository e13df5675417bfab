use base::{Context, Timestamp, limit};
use parking_lot::Mutex;
use subtle::ConstantTimeEq as _;

/// The one-time code that the printed link carries in its fragment.
pub struct Link {
    code: String,
    expires_at: Timestamp,
    used: Mutex<bool>,
}

impl Link {
    /// A code that nobody can guess.
    pub fn new(context: &Context) -> Self {
        let code = hex::encode(context.random::<32>());
        let millis = i64::try_from(limit::DEMO_LINK_SECONDS * 1_000).unwrap_or(i64::MAX);
        Self {
            code,
            expires_at: context.now().plus_millis(millis),
            used: Mutex::new(false),
        }
    }

    /// The code to print.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Whether the code is right, in time and used for the first time.
    pub fn redeem(&self, code: &str, now: Timestamp) -> bool {
        let right: bool = self.code.as_bytes().ct_eq(code.as_bytes()).into();
        let mut used = self.used.lock();
        let good = right && now < self.expires_at && !*used;
        *used |= good;
        good
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_works_once_and_in_time() {
        let context = Context::system();
        let link = Link::new(&context);
        let now = context.now();
        assert!(!link.redeem("0", now));
        assert!(!link.redeem(link.code(), now.plus_millis(11 * 60 * 1_000)));
        assert!(link.redeem(link.code(), now));
        assert!(!link.redeem(link.code(), now));
    }
}
