use base::{Id, Result, Timestamp};
use store::PlatformStore;

use super::{Application, get_application};
use crate::users::{past_moment, usable_from};

/// Revokes the tokens of all users of an application that were issued before a
/// moment, or all issued until now if there is none. Returns the time from
/// which a token signed by the tenant must be issued to be accepted; a token
/// that is minted here afterwards is accepted at once. The moment never goes back.
///
/// # Errors
/// 404 `application_not_found`, 400 if the moment is in the future.
pub async fn revoke_application_tokens(
    platform: &PlatformStore,
    id: Id<Application>,
    before: Option<Timestamp>,
) -> Result<Timestamp> {
    let moment = past_moment(before, platform.context().now())?;
    let application = get_application(platform, id).await?;
    let mut batch = platform.batch();
    batch.raise(id, Application::tokens_revoked_before, moment);
    if before.is_none() {
        batch.increment(id, Application::token_generation, 1, None);
    }
    platform.commit(batch).await?;
    Ok(usable_from(
        application
            .tokens_revoked_before
            .map_or(moment, |earlier| earlier.max(moment)),
    ))
}
