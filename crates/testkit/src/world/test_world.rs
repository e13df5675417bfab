use super::{Tenant, TestUser};
use crate::{DataDir, ServerProcess, TestConfig};

/// A server with two tenants, one with Alice and Bob, the other with a stranger.
#[derive(Debug)]
pub struct World {
    /// The engine and the tier.
    pub config: TestConfig,
    /// The server.
    pub server: ServerProcess,
    /// The tenant under test.
    pub tenant: Tenant,
    /// A user of the tenant.
    pub alice: TestUser,
    /// Another user of the tenant.
    pub bob: TestUser,
    /// Another tenant.
    pub other_tenant: Tenant,
    /// A user of the other tenant.
    pub stranger_from_other_tenant: TestUser,
}

impl World {
    /// Starts the server and creates the tenants and users.
    pub async fn new(config: TestConfig) -> Self {
        Self::on(config, DataDir::new(config.engine).await).await
    }

    /// Starts the server on a data directory and creates the tenants and users.
    pub async fn on(config: TestConfig, data_dir: DataDir) -> Self {
        let server = ServerProcess::start(&data_dir).await;
        let (tenant, other_tenant) = tokio::join!(
            Tenant::create(&server, "ours", config.tier),
            Tenant::create(&server, "theirs", config.tier),
        );
        Self {
            config,
            alice: tenant.person("alice").await,
            bob: tenant.person("bob").await,
            stranger_from_other_tenant: other_tenant.person("stranger").await,
            tenant,
            other_tenant,
            server,
        }
    }
}
