//! Friendships, blocks and favourites: `/v1/users/{user}/relationships`.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use base::{Error, Id, IdOrExternalId, Result};
use domain::auth::AuthContext;
use domain::messaging::relate;
use domain::relationships::{State as RelationState, get, list, remark, require_reachable};
use domain::users::{User, resolve};
use serde::Deserialize;
use utoipa::IntoParams;
use wire::{Page, Relationship, RelationshipChange, RelationshipPatch, RelationshipState};

use crate::cursor::ListCursors;
use crate::error::ApiResult;
use crate::extract::{Body, PageQuery, Paged, RelationshipPath, UserPath, own_user};
use crate::page;
use crate::routes::{Routes, routes};
use crate::state::AppState;

/// Filter of a list of relationships.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RelationshipQuery {
    /// Returns relationships in this state. The default is `friends` without `favourites`.
    #[serde(default)]
    #[param(inline)]
    state: Option<RelationshipState>,
    /// Returns favourites only, if `true`. Not allowed together with `state`.
    #[serde(default)]
    favourites: Option<String>,
}

impl RelationshipQuery {
    /// Returns the state to list; `None` for favourites.
    ///
    /// # Errors
    /// 400 for both parameters.
    fn state(&self) -> Result<Option<RelationState>> {
        match (self.favourites.as_deref(), self.state) {
            (None, state) => Ok(Some(
                state.map_or(RelationState::Friends, RelationState::from),
            )),
            (Some("true"), None) => Ok(None),
            (Some(_), _) => Err(Error::invalid(
                "favourites",
                "Expected true, without state.",
            )),
        }
    }
}

/// List relationships
///
/// Returns the user's friends, friend requests, blocks or favourites. Requires `users:read`. Users
/// may call this for themselves only; otherwise it fails with 403 `forbidden`.
#[utoipa::path(
    get, path = "/v1/users/{user}/relationships", tag = "relationships",
    params(("user" = wire::schema::Named, Path), RelationshipQuery, PageQuery),
    responses((status = 200, description = "A page of relationships.", body = Page<Relationship>)),
)]
async fn list_relationships(
    State(state): State<AppState>,
    auth: AuthContext,
    UserPath(name): UserPath,
    Paged(query, page): Paged<RelationshipQuery>,
) -> ApiResult<Response> {
    let user = own_user(&auth, &name).await?;
    let listed = query.state()?;
    let direction = page.direction();
    let filter = format!("{user}/{listed:?}");
    let cursors = ListCursors::new(&state, &auth, "list_relationships", &filter, direction);
    let after = cursors.decode(page.cursor.as_deref())?;
    page::respond(page.size()?, async |size| {
        let found = list(&auth.tenant, user, listed, size, direction, after.clone()).await?;
        let users = state
            .user_map(&auth.tenant, found.items.iter().map(|side| side.other_id))
            .await?;
        Ok(cursors.page(
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

/// Get a relationship
///
/// Returns the user's side of the relationship with another user; its state is `none` if there is
/// no relationship. Fails with 404 `user_not_found` if the other user blocks the acting user.
/// Requires `users:read`. Users may call this for themselves only; otherwise it fails with 403
/// `forbidden`.
#[utoipa::path(
    get, path = "/v1/users/{user}/relationships/{other}", tag = "relationships",
    params(("user" = wire::schema::Named, Path), ("other" = wire::schema::Named, Path)),
    responses((status = 200, description = "The user's side of the relationship.", body = Relationship)),
)]
async fn get_relationship(
    State(state): State<AppState>,
    auth: AuthContext,
    RelationshipPath(user, other): RelationshipPath,
) -> ApiResult<Json<Relationship>> {
    let (user, other) = users_of_path(&auth, &user, &other).await?;
    let side = get(&auth.tenant, user, other).await?;
    let users = state.user_map(&auth.tenant, [other]).await?;
    Ok(Json(Relationship::of(&side, &users)))
}

/// Change a relationship
///
/// Requests, accepts, declines or cancels a friendship, ends it, or blocks or unblocks the other
/// user. Both sides change together. The request is idempotent. After a request to block has
/// returned, no direct message between the two users is accepted. Requires `users:write`. Users may
/// call this for themselves only; otherwise it fails with 403 `forbidden`.
#[utoipa::path(
    post, path = "/v1/users/{user}/relationships/{other}", tag = "relationships",
    params(("user" = wire::schema::Named, Path), ("other" = wire::schema::Named, Path)),
    request_body = RelationshipChange,
    responses((status = 200, description = "The user's side of the relationship.", body = Relationship)),
)]
async fn change_relationship(
    State(state): State<AppState>,
    auth: AuthContext,
    RelationshipPath(user, other): RelationshipPath,
    Body(change): Body<RelationshipChange>,
) -> ApiResult<Json<Relationship>> {
    let (user, other) = users_of_path(&auth, &user, &other).await?;
    let side = relate(&auth.tenant, user, other, change.action.into()).await?;
    let users = state.user_map(&auth.tenant, [other]).await?;
    Ok(Json(Relationship::of(&side, &users)))
}

/// Update notes on another user
///
/// Sets the private remark on the other user and whether they are a favourite. The other user is
/// not notified. Requires `users:write`. Users may call this for themselves only; otherwise it
/// fails with 403 `forbidden`.
#[utoipa::path(
    patch, path = "/v1/users/{user}/relationships/{other}", tag = "relationships",
    params(("user" = wire::schema::Named, Path), ("other" = wire::schema::Named, Path)),
    request_body = RelationshipPatch,
    responses((status = 200, description = "The user's side of the relationship.", body = Relationship)),
)]
async fn update_relationship(
    State(state): State<AppState>,
    auth: AuthContext,
    RelationshipPath(user, other): RelationshipPath,
    Body(patch): Body<RelationshipPatch>,
) -> ApiResult<Json<Relationship>> {
    let (user, other) = users_of_path(&auth, &user, &other).await?;
    let side = remark(&auth.tenant, user, other, patch.into()).await?;
    let users = state.user_map(&auth.tenant, [other]).await?;
    Ok(Json(Relationship::of(&side, &users)))
}

/// Returns the two users that a path names. An acting user must be the first
/// one, and must not be blocked by the second one.
///
/// # Errors
/// 403 `forbidden`, 404 `user_not_found`.
async fn users_of_path(
    auth: &AuthContext,
    user: &IdOrExternalId<User>,
    other: &IdOrExternalId<User>,
) -> Result<(Id<User>, Id<User>)> {
    let user = own_user(auth, user).await?;
    let other = resolve(&auth.tenant, other).await?.id;
    require_reachable(&auth.tenant, auth.actor, other).await?;
    Ok((user, other))
}

pub(crate) fn routes() -> Routes {
    routes![
        "relationships": "Friendships, blocks, favourites and private remarks.";
        list_relationships: Caller [UsersRead],
        get_relationship: Caller [UsersRead],
        change_relationship: Caller [UsersWrite],
        update_relationship: Caller [UsersWrite],
    ]
}
