use axum::extract::State;
use axum::response::Response;
use domain::devices::list_page;
use wire::{Device, Page};

use crate::api::Api;
use crate::cursor::List;
use crate::extract::{Caller, PageQuery, Query, UserPath, own_user};
use crate::page;
use crate::refusal::Answer;

/// List devices
///
/// A user has at most 20 devices. For the tenant's servers and the user alone.
#[utoipa::path(
    get, path = "/v1/users/{user}/devices", tag = "devices", params(("user" = wire::schema::Named, Path), PageQuery),
    responses((status = 200, description = "A page of devices.", body = Page<Device>)),
)]
pub(super) async fn list_devices(
    State(api): State<Api>,
    caller: Caller,
    UserPath(name): UserPath,
    Query(query): Query<PageQuery>,
) -> Answer<Response> {
    let user = own_user(&caller, &name).await?;
    let direction = query.direction();
    let list = List::new(&api, &caller, "list_devices", &user.to_string(), direction);
    let after = list.open(query.cursor.as_deref())?;
    page::answer(query.size()?, async |size| {
        let found = list_page(&caller.tenant, user, size, direction, after.clone()).await?;
        Ok(list.page(&found, found.items.iter().map(Device::from).collect()))
    })
    .await
}
