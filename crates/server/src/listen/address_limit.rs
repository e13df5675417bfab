use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use base::ClientNetwork;
use metrics::counter;
use parking_lot::Mutex;

use crate::config::PerAddressLimit;

/// Default limit of connections per client address.
const DEFAULT: u32 = 1_000;

/// Limit of open connections per client address.
#[derive(Debug)]
pub struct AddressLimit {
    max: u32,
    /// Whether the limit applies to loopback addresses: by default not, since
    /// they may belong to a proxy on the same machine.
    loopback: bool,
    /// Number of open connections per address.
    open: Mutex<HashMap<ClientNetwork, u32>>,
}

/// Permit of one connection, released on drop.
#[derive(Debug)]
pub struct AddressPermit {
    limit: Arc<AddressLimit>,
    network: ClientNetwork,
}

impl AddressLimit {
    /// Creates the configured limit.
    pub fn new(configured: PerAddressLimit) -> Arc<Self> {
        let (max, loopback) = match configured {
            PerAddressLimit::Auto => (DEFAULT, false),
            PerAddressLimit::Limit(max) => (max.get(), true),
        };
        Arc::new(Self {
            max,
            loopback,
            open: Mutex::default(),
        })
    }

    /// Acquires a permit for a connection of the address. `network` is the network
    /// of the address. Returns `Ok(None)` if the address has no limit.
    ///
    /// # Errors
    /// Fails with [`TooManyConnections`] if the network has reached the limit.
    pub fn take(
        self: &Arc<Self>,
        address: IpAddr,
        network: ClientNetwork,
    ) -> Result<Option<AddressPermit>, TooManyConnections> {
        if address.is_loopback() && !self.loopback {
            return Ok(None);
        }
        let mut open = self.open.lock();
        let count = open.entry(network).or_default();
        if *count >= self.max {
            counter!("caas_connections_rejected_total").increment(1);
            return Err(TooManyConnections);
        }
        *count += 1;
        Ok(Some(AddressPermit {
            limit: Arc::clone(self),
            network,
        }))
    }
}

/// Error of an address that has reached its limit.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("too many connections of one address")]
pub struct TooManyConnections;

impl Drop for AddressPermit {
    fn drop(&mut self) {
        let mut open = self.limit.open.lock();
        if let Some(count) = open.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use base::ClientAddress;

    use super::*;

    fn max(number: u32) -> Arc<AddressLimit> {
        AddressLimit::new(PerAddressLimit::Limit(NonZeroU32::new(number).unwrap()))
    }

    fn take(
        limit: &Arc<AddressLimit>,
        address: &str,
    ) -> Result<Option<AddressPermit>, TooManyConnections> {
        let address = address.parse().unwrap();
        limit.take(address, ClientAddress::new(address).network().unwrap())
    }

    #[test]
    fn limit_is_per_network_and_permits_are_released() {
        let limit = max(2);
        let first = take(&limit, "192.0.2.1").unwrap();
        let _second = take(&limit, "192.0.2.1").unwrap();
        assert!(take(&limit, "192.0.2.1").is_err());
        assert!(take(&limit, "192.0.2.2").unwrap().is_some());
        drop(first);
        assert!(take(&limit, "192.0.2.1").unwrap().is_some());
        let _ipv6 = (
            take(&limit, "2001:db8::1").unwrap(),
            take(&limit, "2001:db8::2").unwrap(),
        );
        assert!(
            take(&limit, "2001:db8::3").is_err(),
            "a /64 network counts as one address"
        );
        assert_eq!(
            limit.open.lock().len(),
            2,
            "addresses without connections are removed"
        );
    }

    #[test]
    fn loopback_is_limited_only_by_a_configured_limit() {
        assert!(
            take(&AddressLimit::new(PerAddressLimit::Auto), "127.0.0.1")
                .unwrap()
                .is_none()
        );
        assert!(
            take(&AddressLimit::new(PerAddressLimit::Auto), "192.0.2.1")
                .unwrap()
                .is_some()
        );
        assert!(take(&max(1), "127.0.0.1").unwrap().is_some());
    }
}
