//! Assignments of clients to channels, and their links, for the tenant's server.

use base::{Direction, Error, ErrorCode, Id, PageSize, Result};
use store::{Entity, Page, Position, TenantStore};

use super::clients::{assign_new_channel, assignment_of};
use super::collections::{ClientChannelAssignment, ClientPlatformAlias, ClientPlatformLink};
use crate::actor::Actor;
use crate::users::{self, Role, User};

/// Lists the assignments of a client, newest first by default.
///
/// # Errors
/// When the store is unavailable.
pub async fn list_assignments(
    tenant: &TenantStore,
    client: Id<User>,
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<Page<ClientChannelAssignment>> {
    let query = ClientChannelAssignment::by_client
        .eq(ClientChannelAssignment::client_user_id, client)
        .towards(direction)
        .after(after)
        .limit(size.get());
    Ok(tenant.list(query).await?)
}

/// Assigns a client to a new channel of their own with these staff. The former channel and its
/// messages stay.
///
/// # Errors
/// 404 `user_not_found`, 409 `state_conflict` if the user has not the role `client`, 409
/// `client_already_assigned` if another request was faster.
pub async fn assign_channel(
    tenant: &TenantStore,
    actor: Actor,
    client: Id<User>,
    staff: &[Id<User>],
) -> Result<Entity<ClientChannelAssignment>> {
    require_client(tenant, client).await?;
    let former = assignment_of(tenant, client).await?;
    assign_new_channel(tenant, actor, client, staff, former.as_ref()).await
}

async fn require_client(tenant: &TenantStore, client: Id<User>) -> Result<()> {
    let found = tenant.get(client).await?;
    let user = found.ok_or_else(users::not_found)?;
    if Role::of(&user.roles.0) == Role::Client {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::StateConflict,
        "Only users of the role client have a client's channel.",
    ))
}

/// Lists the links of a client.
///
/// # Errors
/// When the store is unavailable.
pub async fn links_of(
    tenant: &TenantStore,
    client: Id<User>,
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<(Page<ClientPlatformLink>, Vec<Entity<ClientPlatformAlias>>)> {
    let query = ClientPlatformLink::by_client
        .eq(ClientPlatformLink::client_user_id, client)
        .towards(direction)
        .after(after)
        .limit(size.get());
    let links = tenant.list(query).await?;
    let query = ClientPlatformAlias::by_client
        .eq(ClientPlatformAlias::client_user_id, client)
        .limit(1_000);
    let aliases = tenant.list(query).await?.items;
    Ok((links, aliases))
}
