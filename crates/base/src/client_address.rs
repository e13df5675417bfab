use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// The network address of the client that sent a request, resolved
/// through trusted proxies. Carried as a request extension.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClientAddress(Option<IpAddr>);

impl ClientAddress {
    /// The address of a client behind a proxy that is not configured. No limit
    /// applies to it.
    pub const UNKNOWN: Self = Self(None);

    /// Creates the address; an IPv4 address written as IPv6 becomes IPv4.
    #[must_use]
    pub fn new(address: IpAddr) -> Self {
        Self(Some(address.to_canonical()))
    }

    /// Returns the IP address, or `None` if it is unknown.
    #[must_use]
    pub const fn ip(self) -> Option<IpAddr> {
        self.0
    }

    /// Returns the network that limits by address apply to, or `None` if the
    /// address is unknown.
    #[must_use]
    pub fn network(self) -> Option<ClientNetwork> {
        self.0.map(ClientNetwork::of)
    }
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => address.fmt(f),
            None => f.write_str("unknown"),
        }
    }
}

/// One IPv4 address, or the /64 IPv6 network of one subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientNetwork(IpAddr);

impl ClientNetwork {
    /// Bits of an IPv6 address that identify the subscriber's host.
    const HOST_BITS: u32 = 64;

    fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self(address),
            IpAddr::V6(address) => {
                let network = (u128::from(address) >> Self::HOST_BITS) << Self::HOST_BITS;
                Self(IpAddr::V6(Ipv6Addr::from(network)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Option<ClientNetwork> {
        ClientAddress::new(text.parse().unwrap()).network()
    }

    #[test]
    fn network_is_a_64_bit_prefix_for_ipv6_and_one_address_for_ipv4() {
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_eq!(ClientAddress::UNKNOWN.network(), None);
    }
}
