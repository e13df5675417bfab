use super::{Person, Tenant};
use crate::{Caas, Combination, Home};

/// A server with two tenants: one with alice and bob, another with a stranger.
#[derive(Debug)]
pub struct World {
    /// What it runs on.
    pub combination: Combination,
    /// The server.
    pub caas: Caas,
    /// The tenant of the story.
    pub tenant: Tenant,
    /// A user of the tenant.
    pub alice: Person,
    /// Another user of the tenant.
    pub bob: Person,
    /// Another tenant.
    pub other_tenant: Tenant,
    /// A user of the other tenant.
    pub stranger_from_other_tenant: Person,
}

impl World {
    /// A new world.
    pub async fn new(combination: Combination) -> Self {
        let home = Home::new(combination.engine).await;
        let caas = Caas::start(&home).await;
        let tenant = Tenant::create(&caas, "ours", combination.tier).await;
        let other_tenant = Tenant::create(&caas, "theirs", combination.tier).await;
        Self {
            combination,
            alice: tenant.person("alice").await,
            bob: tenant.person("bob").await,
            stranger_from_other_tenant: other_tenant.person("stranger").await,
            tenant,
            other_tenant,
            caas,
        }
    }
}
