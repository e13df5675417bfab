use axum::extract::State;
use axum::response::Response;
use wire::{AppDatum, Page, WithIncludes};

use crate::api::Api;
use crate::cursor::List;
use crate::expand::{ExpandParams, Expanding};
use crate::extract::{AppPath, Caller, PageQuery};
use crate::page;
use crate::refusal::Answer;

/// List an app's data
///
/// What the app keeps for the user, in the order of the keys. For the tenant's servers and the user alone.
#[utoipa::path(
    get, path = "/v1/users/{user}/apps/{app}/data", tag = "app data",
    params(("user" = wire::schema::Named, Path), ("app" = wire::schema::ExternalId, Path), PageQuery, ExpandParams),
    responses((status = 200, description = "A page of values.", body = Page<WithIncludes<AppDatum>>)),
)]
pub(super) async fn list_app_data(
    State(api): State<Api>,
    caller: Caller,
    AppPath(name, app): AppPath,
    Expanding(query, expand): Expanding<PageQuery>,
) -> Answer<Response> {
    let user = api.cards().resolve(&caller.tenant, &name).await?.id;
    let direction = query.direction();
    let list = List::new(
        &api,
        &caller,
        "list_app_data",
        &format!("{user}/{app}"),
        direction,
    );
    let after = list.open(query.cursor.as_deref())?;
    page::answer(query.size()?, async |size| {
        let of_app = (user, app.clone());
        let found = domain::app_data::list(
            &caller.tenant,
            caller.actor,
            of_app,
            size,
            direction,
            after.clone(),
        )
        .await?;
        let whose = |datum: &domain::app_data::AppDatum| Some(datum.user_id);
        let data = api
            .expanded_page(&caller, expand, &found.items, whose, AppDatum::of)
            .await?;
        Ok(list.page(&found, data))
    })
    .await
}
