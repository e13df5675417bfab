use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base::{ClientAddress, Error, ErrorCode, Id, Result, TenantId, Timestamp, limit};
use ipnet::IpNet;
use parking_lot::{Mutex, RwLock};
use store::{ChangeEvent, Collection, Entity, Store};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

use super::network_map::NetworkMap;
use super::{AllowedNetwork, BlockedNetwork, PLATFORM};
use crate::invalidating_cache::{InvalidatingCache, Invalidation};
use crate::networks::parse_network;
use crate::tenants::{ApiKey, Application};

/// Checks client addresses against the rules of the platform and of tenants.
///
/// The platform's blocks are kept in memory and follow the store's change events; the rules of a
/// tenant are cached.
pub(crate) struct IpRules {
    store: Store,
    blocked: RwLock<NetworkMap>,
    events: Mutex<Receiver<Arc<ChangeEvent>>>,
    /// Whether the map may lag behind events that were taken from the queue.
    is_refreshing: AtomicBool,
    /// Whether the map was loaded; held while it is refreshed.
    is_loaded: tokio::sync::Mutex<bool>,
    tenants: InvalidatingCache<TenantId, Arc<TenantRules>>,
}

impl fmt::Debug for IpRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IpRules")
    }
}

/// Rules of one tenant.
#[derive(Default)]
struct TenantRules {
    blocked: NetworkMap,
    allowed: Vec<AllowedRule>,
}

struct AllowedRule {
    application: Option<Id<Application>>,
    key: Option<Id<ApiKey>>,
    network: IpNet,
    expires_at: Option<Timestamp>,
}

/// Work that change events cause.
enum Pending {
    Nothing,
    Documents(Vec<Id<BlockedNetwork>>),
    Everything,
}

impl IpRules {
    pub(crate) fn new(store: &Store) -> Self {
        Self {
            store: store.clone(),
            blocked: RwLock::default(),
            events: Mutex::new(store.watch_documents()),
            // The map is loaded at the first check.
            is_refreshing: AtomicBool::new(true),
            is_loaded: tokio::sync::Mutex::new(false),
            tenants: InvalidatingCache::new(store, limit::REMEMBERED_CREDENTIALS, changed),
        }
    }

    /// Checks that the platform does not block an address.
    ///
    /// # Errors
    /// 403 `address_blocked`, 503 if the rules cannot be read.
    pub(crate) async fn check_platform(&self, client: ClientAddress) -> Result<()> {
        let Some(address) = client.ip() else {
            return Ok(());
        };
        self.refresh().await?;
        let now = self.store.context().now();
        if self.blocked.read().contains(address, now) {
            return Err(blocked());
        }
        Ok(())
    }

    /// Checks an address against the rules of a tenant, an application and an API key.
    ///
    /// # Errors
    /// 403 `address_blocked` or `address_not_allowed`, 503 if the rules cannot be read.
    pub(crate) async fn check_tenant(
        &self,
        tenant: TenantId,
        application: Id<Application>,
        key: Option<Id<ApiKey>>,
        client: ClientAddress,
    ) -> Result<()> {
        let rules = self.of_tenant(tenant).await?;
        let now = self.store.context().now();
        let address = client.ip();
        if address.is_some_and(|address| rules.blocked.contains(address, now)) {
            return Err(blocked());
        }
        let levels: [&dyn Fn(&AllowedRule) -> bool; 3] = [
            &|rule| rule.application.is_none() && rule.key.is_none(),
            &|rule| rule.application == Some(application) && rule.key.is_none(),
            &|rule| rule.key.is_some() && rule.key == key,
        ];
        if levels.iter().all(|level| rules.allow(level, address, now)) {
            return Ok(());
        }
        Err(Error::new(
            ErrorCode::AddressNotAllowed,
            "The tenant does not allow requests from this address.",
        ))
    }

    async fn of_tenant(&self, tenant: TenantId) -> Result<Arc<TenantRules>> {
        if let Some(cached) = self.tenants.get(&tenant) {
            return Ok(cached);
        }
        let read_generation = self.tenants.read_generation();
        let platform = self.store.platform();
        let allowed = AllowedNetwork::by_tenant.eq(AllowedNetwork::tenant_id, tenant);
        let allowed = platform.list(allowed.limit(limit::TENANT_IP_RULES)).await?;
        let scope = tenant.to_string();
        let blocked = BlockedNetwork::by_scope.eq(BlockedNetwork::scope, scope);
        let blocked = platform.list(blocked.limit(limit::TENANT_IP_RULES)).await?;
        let mut rules = TenantRules::default();
        for rule in allowed.items {
            if let Some(network) = parse_network(&rule.network) {
                rules.allowed.push(AllowedRule {
                    application: rule.application_id,
                    key: rule.api_key_id,
                    network,
                    expires_at: rule.expires_at,
                });
            }
        }
        for block in &blocked.items {
            insert(&mut rules.blocked, block);
        }
        let rules = Arc::new(rules);
        self.tenants
            .insert(read_generation, tenant, Arc::clone(&rules));
        Ok(rules)
    }

    /// Brings the platform's blocks up to date with the events that have arrived.
    async fn refresh(&self) -> Result<()> {
        let is_current =
            self.events.lock().is_empty() && !self.is_refreshing.load(Ordering::SeqCst);
        if is_current {
            return Ok(());
        }
        let mut is_loaded = self.is_loaded.lock().await;
        self.is_refreshing.store(true, Ordering::SeqCst);
        let pending = match self.drain() {
            _ if !*is_loaded => Pending::Everything,
            pending => pending,
        };
        // After an error everything is read again.
        *is_loaded = false;
        match pending {
            Pending::Nothing => {}
            Pending::Everything => self.load().await?,
            Pending::Documents(ids) => {
                let found = self.store.platform().get_many(&ids).await?;
                let mut blocked = self.blocked.write();
                for id in ids {
                    blocked.remove(id);
                }
                for block in found.iter().filter(|block| block.scope == PLATFORM) {
                    insert(&mut blocked, block);
                }
            }
        }
        *is_loaded = true;
        self.is_refreshing.store(false, Ordering::SeqCst);
        Ok(())
    }

    fn drain(&self) -> Pending {
        let mut events = self.events.lock();
        let mut ids = Vec::new();
        loop {
            match events.try_recv().as_deref() {
                Ok(ChangeEvent::DocumentChanged {
                    declaration, id, ..
                }) if declaration.name == BlockedNetwork::DECLARATION.name => {
                    ids.push(Id::new(*id));
                }
                Ok(ChangeEvent::Lagged) => return Pending::Everything,
                Ok(_) => {}
                Err(TryRecvError::Lagged(_)) => {
                    *events = events.resubscribe();
                    return Pending::Everything;
                }
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
            if ids.len() > limit::PAGE {
                return Pending::Everything;
            }
        }
        if ids.is_empty() {
            Pending::Nothing
        } else {
            Pending::Documents(ids)
        }
    }

    async fn load(&self) -> Result<()> {
        let platform = self.store.platform();
        let mut map = NetworkMap::default();
        let mut after = None;
        loop {
            let query = BlockedNetwork::by_scope.eq(BlockedNetwork::scope, PLATFORM.to_owned());
            let query = query.limit(limit::BLOCKS_READ_AT_ONCE).after(after);
            let page = platform.list(query).await?;
            for block in &page.items {
                insert(&mut map, block);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        *self.blocked.write() = map;
        Ok(())
    }
}

impl TenantRules {
    /// Returns whether the rules of one level allow an address: there are none, or one contains it.
    fn allow(
        &self,
        level: &dyn Fn(&AllowedRule) -> bool,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> bool {
        let mut rules = self.allowed.iter().filter(|rule| level(rule)).peekable();
        rules.peek().is_none()
            || rules.any(|rule| {
                let is_valid = rule.expires_at.is_none_or(|end| now < end);
                is_valid && address.is_some_and(|address| rule.network.contains(&address))
            })
    }
}

fn insert(map: &mut NetworkMap, block: &Entity<BlockedNetwork>) {
    if let Some(network) = parse_network(&block.network) {
        map.insert(block.id, network, block.expires_at);
    }
}

fn blocked() -> Error {
    Error::new(ErrorCode::AddressBlocked, "The client address is blocked.")
}

/// The event does not name the tenant of a rule, and rules change seldom.
fn changed(event: &ChangeEvent) -> Invalidation<TenantId> {
    match event {
        ChangeEvent::DocumentChanged { declaration, .. } if is_rule(declaration.name) => {
            Invalidation::All
        }
        ChangeEvent::DocumentChanged { .. } | ChangeEvent::LogAppended { .. } => {
            Invalidation::Nothing
        }
        ChangeEvent::Lagged => Invalidation::All,
    }
}

/// Returns whether a collection holds rules about client addresses.
#[must_use]
pub fn is_rule(collection: &str) -> bool {
    collection == AllowedNetwork::DECLARATION.name || collection == BlockedNetwork::DECLARATION.name
}
