use base::{Error, ErrorCode, Id, Result, limit};
use store::{CountFilter, TenantStore};

use crate::messaging::collections::Participant;
use crate::users::User;

/// Whether each user may take part in one more conversation, by one statement.
///
/// # Errors
/// 422 `limit_reached` that names who may not.
pub(in crate::messaging) async fn check_quota(
    tenant: &TenantStore,
    users: &[Id<User>],
) -> Result<()> {
    let part = |user: &Id<User>| {
        Participant::by_user
            .eq(Participant::user_id, *user)
            .eq(Participant::is_active, true)
    };
    let spans = users.iter().map(part).collect();
    let counts = tenant
        .count_each(spans, limit::USER_CONVERSATIONS, CountFilter::default())
        .await?;
    match users
        .iter()
        .zip(counts)
        .find(|(_, count)| *count >= limit::USER_CONVERSATIONS)
    {
        None => Ok(()),
        Some((user, _)) => {
            let told = format!(
                "The user {user} takes part in {} conversations, which is the most.",
                limit::USER_CONVERSATIONS
            );
            Err(Error::new(ErrorCode::LimitReached, told))
        }
    }
}
