use axum::extract::State;
use axum::response::Response;
use base::{Direction, Error};
use domain::relationships::{State as Standing, list};
use serde::Deserialize;
use utoipa::IntoParams;
use wire::{Page, Relationship, RelationshipState};

use crate::api::Api;
use crate::cursor::List;
use crate::extract::{Caller, Query, UserPath, Way, limit_schema, number, own_user, size};
use crate::page;
use crate::refusal::Answer;

/// Which of a user's relationships.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RelationshipQuery {
    /// Those in this state; `friends` when neither this nor `favourites` is given.
    #[serde(default)]
    #[param(inline)]
    state: Option<RelationshipState>,
    /// `true` for the favourites only.
    #[serde(default)]
    favourites: Option<String>,
    /// Entries of the page.
    #[serde(default, deserialize_with = "number")]
    #[param(schema_with = limit_schema)]
    limit: Option<usize>,
    /// `next_cursor` of another page in the same direction, or `prev_cursor` of one in the other direction.
    cursor: Option<String>,
    /// Which way to go.
    #[serde(default)]
    #[param(inline)]
    direction: Option<Way>,
}

impl RelationshipQuery {
    /// The state that is asked for; `None` for the favourites.
    fn state(&self) -> base::Result<Option<Standing>> {
        match (self.favourites.as_deref(), self.state) {
            (None, state) => Ok(Some(state.map_or(Standing::Friends, Standing::from))),
            (Some("true"), None) => Ok(None),
            (Some(_), _) => Err(Error::invalid(
                "favourites",
                "Expected true, and no state beside it.",
            )),
        }
    }
}

/// List relationships
///
/// A user's friends, requests, blocks or favourites. For the tenant's servers and the user alone.
#[utoipa::path(
    get, path = "/v1/users/{user}/relationships", tag = "relationships",
    params(("user" = wire::schema::Named, Path), RelationshipQuery),
    responses((status = 200, description = "A page of relationships.", body = Page<Relationship>)),
)]
pub(super) async fn list_relationships(
    State(api): State<Api>,
    caller: Caller,
    UserPath(name): UserPath,
    Query(query): Query<RelationshipQuery>,
) -> Answer<Response> {
    let user = own_user(&caller, &name).await?;
    let state = query.state()?;
    let direction = query.direction.map_or(Direction::Forward, Direction::from);
    let filter = format!("{user}/{state:?}");
    let pages = List::new(&api, &caller, "list_relationships", &filter, direction);
    let after = pages.open(query.cursor.as_deref())?;
    page::answer(size(query.limit)?, async |size| {
        let found = list(&caller.tenant, user, state, size, direction, after.clone()).await?;
        let users = api
            .join(&caller.tenant, found.items.iter().map(|side| side.other_id))
            .await?;
        Ok(pages.page(
            &found,
            found
                .items
                .iter()
                .map(|side| Relationship::of(side, &users))
                .collect(),
        ))
    })
    .await
}
