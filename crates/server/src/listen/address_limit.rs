use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use base::ClientNetwork;
use metrics::counter;
use parking_lot::Mutex;

use crate::config::PerAddress;

/// Connections of one client address, unless the operator sets another bound.
const DEFAULT: u32 = 1_000;

/// Bounds the open connections of each client address.
#[derive(Debug)]
pub struct AddressLimit {
    most: u32,
    /// Whether addresses of this machine are bounded too: by default not, as a
    /// proxy on the same machine may be behind them.
    loopback: bool,
    /// Addresses with open connections.
    open: Mutex<HashMap<ClientNetwork, u32>>,
}

/// Counts one connection of an address until it is dropped.
#[derive(Debug)]
pub struct AddressPermit {
    limit: Arc<AddressLimit>,
    network: ClientNetwork,
}

impl AddressLimit {
    /// Creates the bound that is configured.
    pub fn new(configured: PerAddress) -> Arc<Self> {
        let (most, loopback) = match configured {
            PerAddress::Auto => (DEFAULT, false),
            PerAddress::Most(most) => (most.get(), true),
        };
        Arc::new(Self {
            most,
            loopback,
            open: Mutex::default(),
        })
    }

    /// Counts a connection of the address, which is in the network. `Ok(None)`
    /// if the address is not bounded.
    ///
    /// # Errors
    /// [`TooMany`] if the network has as many as it may.
    pub fn take(
        self: &Arc<Self>,
        address: IpAddr,
        network: ClientNetwork,
    ) -> Result<Option<AddressPermit>, TooMany> {
        if address.is_loopback() && !self.loopback {
            return Ok(None);
        }
        let mut open = self.open.lock();
        let count = open.entry(network).or_default();
        if *count >= self.most {
            counter!("caas_connections_rejected_total").increment(1);
            return Err(TooMany);
        }
        *count += 1;
        Ok(Some(AddressPermit {
            limit: Arc::clone(self),
            network,
        }))
    }
}

/// Says that an address has as many connections as it may.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("too many connections of one address")]
pub struct TooMany;

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

    fn most(number: u32) -> Arc<AddressLimit> {
        AddressLimit::new(PerAddress::Most(NonZeroU32::new(number).unwrap()))
    }

    fn take(limit: &Arc<AddressLimit>, address: &str) -> Result<Option<AddressPermit>, TooMany> {
        let address = address.parse().unwrap();
        limit.take(address, ClientAddress::new(address).network().unwrap())
    }

    #[test]
    fn each_network_has_a_bound_of_its_own_that_is_given_back() {
        let limit = most(2);
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
            "a network of 64 bits counts as one address"
        );
        assert_eq!(limit.open.lock().len(), 2, "what is not open is not kept");
    }

    #[test]
    fn loopback_is_bounded_only_by_a_configured_bound() {
        assert!(
            take(&AddressLimit::new(PerAddress::Auto), "127.0.0.1")
                .unwrap()
                .is_none()
        );
        assert!(
            take(&AddressLimit::new(PerAddress::Auto), "192.0.2.1")
                .unwrap()
                .is_some()
        );
        assert!(take(&most(1), "127.0.0.1").unwrap().is_some());
    }
}
