//! Authentication: API keys, user tokens, rate limits. The only module in which requests get the
//! handle of a tenant.

mod auth_context;
mod authenticator;
mod claims;
mod credentials;
mod presented;
mod publishable;
mod rate_limiter;
#[cfg(test)]
mod revocation_tests;
#[cfg(test)]
mod tests;
mod token;
#[cfg(test)]
mod token_tests;
mod usage;

pub use auth_context::{AuthContext, Credential};
pub use authenticator::Authenticator;
use authenticator::{deactivated, unauthenticated};
pub use claims::Claims;
pub use presented::{Admitted, Entry, Presented};
pub use publishable::PublishableClient;
pub use rate_limiter::{RateLimitStatus, RateLimits};
pub(crate) use token::mint_session_token;
pub use token::{MintedToken, mint_token};
pub use usage::{OpenRequest, Reservation, Usage};
