use base::{ExternalId, Result};
use domain::app_data::AppKey;

use crate::api::Api;
use crate::extract::{AppDataPath, AppPath, Caller};

/// The key that a path names, of a user who is there.
///
/// # Errors
/// 404 `user_not_found`.
pub(super) async fn key(api: &Api, caller: &Caller, path: AppDataPath) -> Result<AppKey> {
    let AppDataPath(app, key) = path;
    of_app(api, caller, app, key).await
}

/// A key of the app that a path names.
///
/// # Errors
/// 404 `user_not_found`.
pub(super) async fn of_app(
    api: &Api,
    caller: &Caller,
    path: AppPath,
    key: ExternalId,
) -> Result<AppKey> {
    let AppPath(user, app) = path;
    let user = api.cards().resolve(&caller.tenant, &user).await?.id;
    Ok(AppKey { user, app, key })
}
