//! Name resolution with a check of each address.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;

use async_trait::async_trait;
use base::limit;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

use crate::address::is_public;

/// Resolver of host names.
#[async_trait]
pub trait Lookup: std::fmt::Debug + Send + Sync {
    /// Returns the addresses of a host.
    ///
    /// # Errors
    /// Fails if the host has no address or the lookup fails.
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// Resolver of the operating system. Runs at most [`limit::OUTBOUND_LOOKUPS`] lookups at once: each
/// occupies a thread until the name servers have answered, even after the request timed out.
#[derive(Clone, Debug)]
pub struct SystemLookup {
    permits: Arc<Semaphore>,
}

impl Default for SystemLookup {
    fn default() -> Self {
        Self {
            permits: Arc::new(Semaphore::new(limit::OUTBOUND_LOOKUPS)),
        }
    }
}

#[async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(io::Error::other)?;
        let host = host.to_owned();
        let lookup = tokio::task::spawn_blocking(move || {
            let found = (host.as_str(), 0).to_socket_addrs();
            drop(permit);
            found.map(|addresses| addresses.map(|address| address.ip()).collect())
        });
        lookup.await.map_err(io::Error::other)?
    }
}

/// Error of a lookup, found by its type in the causes of the request's error.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(crate) enum LookupError {
    /// The host has only addresses that are not public.
    #[error("no public address")]
    Forbidden,
    /// The host cannot be resolved.
    #[error("lookup failed")]
    Failed,
}

/// Resolver for requests to hosts that are not configured. Removes addresses that are not public;
/// the connection is made to one of the others, without a second lookup.
#[derive(Debug)]
pub(crate) struct PublicOnly(pub(crate) Arc<dyn Lookup>);

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = Arc::clone(&self.0);
        Box::pin(async move {
            let found = look_up(&*lookup, &name).await?;
            let public: Vec<_> = found
                .into_iter()
                .filter(|found| is_public(*found))
                .collect();
            if public.is_empty() {
                return Err(LookupError::Forbidden.into());
            }
            Ok(addresses(public))
        })
    }
}

/// Resolver for requests to configured hosts.
#[derive(Debug)]
pub(crate) struct Unchecked(pub(crate) Arc<dyn Lookup>);

impl Resolve for Unchecked {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = Arc::clone(&self.0);
        Box::pin(async move { Ok(addresses(look_up(&*lookup, &name).await?)) })
    }
}

async fn look_up(lookup: &dyn Lookup, name: &Name) -> Result<Vec<IpAddr>, LookupError> {
    match lookup.lookup(name.as_str()).await {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(LookupError::Failed),
    }
}

/// Returns socket addresses whose port is that of the request's URL.
fn addresses(found: Vec<IpAddr>) -> Addrs {
    Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)))
}
