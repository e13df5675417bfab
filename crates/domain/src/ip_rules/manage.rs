use std::net::IpAddr;

use base::{Direction, Error, ErrorCode, Id, PageSize, Result, TenantId, Timestamp, limit};
use store::{CommitError, Entity, Page, PlatformStore, Position};

use super::{AllowedNetwork, BlockedNetwork, PLATFORM};
use crate::networks::parse_network;
use crate::tenants::{ApiKey, Application, get_application_of, get_key_of, get_tenant};
use crate::validation::{self, ValidationErrors};

/// Owner of blocked networks.
#[derive(Clone, Copy, Debug)]
pub enum BlockScope {
    /// The platform: blocks apply to all requests.
    Platform,
    /// A tenant: blocks apply to its requests.
    Tenant(TenantId),
}

impl BlockScope {
    fn text(self) -> String {
        match self {
            Self::Platform => PLATFORM.to_owned(),
            Self::Tenant(tenant) => tenant.to_string(),
        }
    }
}

/// Author of a rule.
#[derive(Clone, Debug)]
pub struct RuleAuthor {
    /// Name of the admin or key.
    pub name: String,
    /// Client address, which a rule must not lock out.
    pub address: Option<IpAddr>,
    /// Whether a rule may lock the author out.
    pub force: bool,
}

/// Request to block a network.
#[derive(Clone, Debug)]
pub struct NewBlock {
    /// The network in CIDR notation, or an address.
    pub network: String,
    /// Reason, for operators.
    pub reason: Option<String>,
    /// Time from which the network is no longer blocked.
    pub expires_at: Option<Timestamp>,
}

/// Blocks a network. Requests and connections from it are rejected on all nodes.
///
/// # Errors
/// 400 with the invalid fields, 404 `tenant_not_found`, 409 `state_conflict` if the network is
/// blocked already or contains the author's own address, 422 `limit_reached`.
pub async fn block_network(
    platform: &PlatformStore,
    scope: BlockScope,
    new: NewBlock,
    author: RuleAuthor,
) -> Result<Entity<BlockedNetwork>> {
    let mut errors = ValidationErrors::default();
    let network = errors.add(network(&new.network))?;
    if let Some(reason) = &new.reason {
        let most = limit::BAN_REASON_CHARACTERS;
        errors.add(validation::text("/reason", reason, most))?;
    }
    errors.add(in_future(platform, new.expires_at))?;
    errors.finish()?;
    let network = network.ok_or_else(unreachable_network)?;
    let is_own = |address: IpAddr| network.contains(&address.to_canonical());
    if !author.force && author.address.is_some_and(is_own) {
        return Err(Error::new(
            ErrorCode::StateConflict,
            "The network contains your own address; set `force` to block it nevertheless.",
        ));
    }
    let most = match scope {
        BlockScope::Platform => limit::PLATFORM_BLOCKS,
        BlockScope::Tenant(tenant) => {
            get_tenant(platform, tenant).await?;
            limit::TENANT_IP_RULES
        }
    };
    let all = BlockedNetwork::by_scope.eq(BlockedNetwork::scope, scope.text());
    require_room(platform.count(all, most).await?, most)?;
    let mut batch = platform.batch();
    let block = batch.insert(BlockedNetwork {
        scope: scope.text(),
        network: network.to_string(),
        reason: new.reason,
        created_by: author.name,
        expires_at: new.expires_at,
    });
    match platform.commit(batch).await {
        Ok(()) => Ok(block),
        Err(CommitError::Conflict { .. }) => Err(Error::new(
            ErrorCode::StateConflict,
            "The network is blocked already.",
        )),
        Err(error) => Err(error.into()),
    }
}

/// Lists the blocked networks of a scope, oldest first.
///
/// # Errors
/// 503 if the store is unavailable.
pub async fn list_blocks(
    platform: &PlatformStore,
    scope: BlockScope,
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<Page<BlockedNetwork>> {
    let query = BlockedNetwork::by_scope.eq(BlockedNetwork::scope, scope.text());
    let query = query.limit(size.get()).towards(direction).after(after);
    Ok(platform.list(query).await?)
}

/// Ends a block.
///
/// # Errors
/// 404 `ip_rule_not_found`.
pub async fn unblock_network(
    platform: &PlatformStore,
    scope: BlockScope,
    id: Id<BlockedNetwork>,
) -> Result<()> {
    let block = platform.get(id).await?;
    block
        .filter(|block| block.scope == scope.text())
        .ok_or_else(not_found)?;
    let mut batch = platform.batch();
    batch.remove(id, false);
    Ok(platform.commit(batch).await?)
}

/// Request to allow a network.
#[derive(Clone, Debug)]
pub struct NewAllowedNetwork {
    /// Application to which the rule is limited.
    pub application: Option<Id<Application>>,
    /// API key to which the rule is limited.
    pub api_key: Option<Id<ApiKey>>,
    /// The network in CIDR notation, or an address.
    pub network: String,
    /// Display name.
    pub label: Option<String>,
    /// Time from which the network is no longer allowed.
    pub expires_at: Option<Timestamp>,
}

/// Allows a network for a tenant, an application or an API key. Other addresses are rejected from
/// then on.
///
/// # Errors
/// 400 with the invalid fields, 404 `tenant_not_found`, `application_not_found` or
/// `api_key_not_found`, 422 `limit_reached`.
pub async fn allow_network(
    platform: &PlatformStore,
    tenant: TenantId,
    new: NewAllowedNetwork,
    author: RuleAuthor,
) -> Result<Entity<AllowedNetwork>> {
    let mut errors = ValidationErrors::default();
    let network = errors.add(network(&new.network))?;
    if let Some(label) = &new.label {
        errors.add(validation::name("/label", label))?;
    }
    errors.add(in_future(platform, new.expires_at))?;
    if new.application.is_some() && new.api_key.is_some() {
        let message = "must be absent if the rule is limited to an application";
        errors.add::<()>(Err(Error::invalid("/api_key_id", message)))?;
    }
    errors.finish()?;
    let network = network.ok_or_else(unreachable_network)?;
    get_tenant(platform, tenant).await?;
    if let Some(application) = new.application {
        get_application_of(platform, tenant, application).await?;
    }
    if let Some(key) = new.api_key {
        get_key_of(platform, tenant, key).await?;
    }
    let all = AllowedNetwork::by_tenant.eq(AllowedNetwork::tenant_id, tenant);
    let most = limit::TENANT_IP_RULES;
    require_room(platform.count(all, most).await?, most)?;
    let mut batch = platform.batch();
    let rule = batch.insert(AllowedNetwork {
        tenant_id: tenant,
        application_id: new.application,
        api_key_id: new.api_key,
        network: network.to_string(),
        label: new.label,
        created_by: author.name,
        expires_at: new.expires_at,
    });
    platform.commit(batch).await?;
    Ok(rule)
}

/// Lists the allowed networks of a tenant, oldest first.
///
/// # Errors
/// 503 if the store is unavailable.
pub async fn list_allowed_networks(
    platform: &PlatformStore,
    tenant: TenantId,
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<Page<AllowedNetwork>> {
    let query = AllowedNetwork::by_tenant.eq(AllowedNetwork::tenant_id, tenant);
    let query = query.limit(size.get()).towards(direction).after(after);
    Ok(platform.list(query).await?)
}

/// Removes an allowed network. Without a further rule all addresses are allowed again.
///
/// # Errors
/// 404 `ip_rule_not_found`.
pub async fn remove_allowed_network(
    platform: &PlatformStore,
    tenant: TenantId,
    id: Id<AllowedNetwork>,
) -> Result<()> {
    let rule = platform.get(id).await?;
    rule.filter(|rule| rule.tenant_id == tenant)
        .ok_or_else(not_found)?;
    let mut batch = platform.batch();
    batch.remove(id, false);
    Ok(platform.commit(batch).await?)
}

fn network(text: &str) -> Result<ipnet::IpNet> {
    parse_network(text).ok_or_else(|| {
        Error::invalid(
            "/network",
            "must be a network in CIDR notation, such as 192.0.2.0/24 or 2001:db8::/32",
        )
    })
}

fn in_future(platform: &PlatformStore, end: Option<Timestamp>) -> Result<()> {
    if end.is_some_and(|end| end <= platform.context().now()) {
        return Err(Error::invalid("/expires_at", "must be in the future"));
    }
    Ok(())
}

fn require_room(count: usize, most: usize) -> Result<()> {
    if count < most {
        return Ok(());
    }
    let message = format!("There can be at most {most} rules.");
    Err(Error::new(ErrorCode::LimitReached, message))
}

/// An invalid network ends the validation before its use.
fn unreachable_network() -> Error {
    Error::invalid("/network", "must be a network in CIDR notation")
}

fn not_found() -> Error {
    Error::new(ErrorCode::IpRuleNotFound, "There is no such rule.")
}
