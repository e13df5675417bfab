use base::{Id, Result, Timestamp};
use store::Platform;

use super::{Application, get_application};
use crate::users::past_moment;

/// Refuses all tokens of an application's users that were issued before the
/// moment, now when none is given. The moment never goes back.
///
/// # Errors
/// 404 `application_not_found`, 400 when the moment lies ahead.
pub async fn revoke_application_tokens(
    platform: &Platform,
    id: Id<Application>,
    before: Option<Timestamp>,
) -> Result<()> {
    let before = past_moment(before, platform.context().now())?;
    get_application(platform, id).await?;
    let mut batch = platform.batch();
    batch.raise(id, Application::tokens_revoked_before, before);
    Ok(platform.commit(batch).await?)
}
