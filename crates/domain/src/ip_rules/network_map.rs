use std::collections::HashMap;
use std::net::IpAddr;

use base::{Id, Timestamp};
use ipnet::IpNet;

use super::BlockedNetwork;

/// Blocked networks, looked up by address in constant time for each prefix length in use.
#[derive(Debug, Default)]
pub(super) struct NetworkMap {
    /// End of the block of each network.
    networks: HashMap<IpNet, Option<Timestamp>>,
    /// Networks by the id of their document, to remove them.
    ids: HashMap<Id<BlockedNetwork>, IpNet>,
    /// Prefix lengths in use, with the number of networks: of IPv4, then of IPv6.
    lengths: [Vec<(u8, usize)>; 2],
}

impl NetworkMap {
    /// Adds or replaces a network.
    pub(super) fn insert(
        &mut self,
        id: Id<BlockedNetwork>,
        network: IpNet,
        expires_at: Option<Timestamp>,
    ) {
        self.remove(id);
        self.ids.insert(id, network);
        if self.networks.insert(network, expires_at).is_none() {
            let lengths = &mut self.lengths[family(network.addr())];
            match lengths
                .iter_mut()
                .find(|(length, _)| *length == network.prefix_len())
            {
                Some((_, count)) => *count += 1,
                None => lengths.push((network.prefix_len(), 1)),
            }
        }
    }

    /// Removes the network of a document.
    pub(super) fn remove(&mut self, id: Id<BlockedNetwork>) {
        let Some(network) = self.ids.remove(&id) else {
            return;
        };
        self.networks.remove(&network);
        let lengths = &mut self.lengths[family(network.addr())];
        for (length, count) in lengths.iter_mut() {
            if *length == network.prefix_len() {
                *count -= 1;
            }
        }
        lengths.retain(|(_, count)| *count > 0);
    }

    /// Returns whether an address is in a network whose block has not ended.
    pub(super) fn contains(&self, address: IpAddr, now: Timestamp) -> bool {
        let address = address.to_canonical();
        self.lengths[family(address)].iter().any(|(length, _)| {
            let network = IpNet::new(address, *length).map(|network| network.trunc());
            let found = network.ok().and_then(|network| self.networks.get(&network));
            found.is_some_and(|end| end.is_none_or(|end| now < end))
        })
    }
}

const fn family(address: IpAddr) -> usize {
    match address {
        IpAddr::V4(_) => 0,
        IpAddr::V6(_) => 1,
    }
}

#[cfg(test)]
mod tests {
    use base::ObjectId;

    use super::*;
    use crate::networks::parse_network;

    fn id(number: u32) -> Id<BlockedNetwork> {
        let mut bytes = [0; 12];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        Id::new(ObjectId(bytes))
    }

    #[test]
    fn address_is_found_in_networks_of_any_length_until_they_end() {
        let mut map = NetworkMap::default();
        let end = Timestamp::from_millis(1_000);
        for (number, network, end) in [
            (1, "192.0.2.0/24", None),
            (2, "198.51.100.7/32", Some(end)),
            (3, "2001:db8:1:2::/64", None),
        ] {
            map.insert(id(number), parse_network(network).unwrap(), end);
        }
        let blocked = |map: &NetworkMap, address: &str, now| {
            map.contains(address.parse().unwrap(), Timestamp::from_millis(now))
        };
        assert!(blocked(&map, "192.0.2.255", 0) && blocked(&map, "::ffff:192.0.2.1", 0));
        assert!(blocked(&map, "198.51.100.7", 999) && !blocked(&map, "198.51.100.7", 1_000));
        assert!(blocked(&map, "2001:db8:1:2:ff::1", 0) && !blocked(&map, "2001:db8:1:3::1", 0));
        map.remove(id(1));
        assert!(!blocked(&map, "192.0.2.255", 0) && blocked(&map, "198.51.100.7", 0));
    }

    /// Prints the time of a lookup among 100,000 networks.
    #[expect(clippy::print_stdout, reason = "a measurement")]
    #[test]
    fn lookup_among_100_000_networks_finds_exactly_the_blocked_ones() {
        let mut map = NetworkMap::default();
        let address = |number: u32| IpAddr::from(std::net::Ipv4Addr::from(number << 9));
        for number in 0..100_000 {
            let length = [32, 24, 25][number as usize % 3];
            let network = IpNet::new(address(number), length).unwrap().trunc();
            map.insert(id(number), network, None);
        }
        let now = Timestamp::from_millis(0);
        let started = std::time::Instant::now();
        let found = (0..200_000).filter(|number| map.contains(address(*number), now));
        let found = found.count();
        let nanos = started.elapsed().as_nanos() / 200_000;
        println!("{nanos} ns for one lookup among 100,000 networks");
        assert_eq!(found, 100_000);
    }
}
