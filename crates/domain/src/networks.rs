//! Networks in CIDR notation.

use std::net::IpAddr;

use base::{Error, Result, limit};
use ipnet::IpNet;

/// Parses a network: an address with a prefix length, or an address alone. Host bits are cleared,
/// and an IPv4 network that is written as IPv6 becomes IPv4, so that each network has one form.
#[must_use]
pub fn parse_network(text: &str) -> Option<IpNet> {
    let network = match text.parse::<IpNet>() {
        Ok(network) => network,
        Err(_) => IpNet::from(text.parse::<IpAddr>().ok()?),
    };
    Some(canonical(network))
}

fn canonical(network: IpNet) -> IpNet {
    const MAPPED_BITS: u8 = 96;
    if let IpNet::V6(mapped) = network
        && mapped.prefix_len() >= MAPPED_BITS
        && let Some(address) = mapped.addr().to_ipv4_mapped()
        && let Ok(network) = IpNet::new(IpAddr::V4(address), mapped.prefix_len() - MAPPED_BITS)
    {
        return network.trunc();
    }
    network.trunc()
}

/// Returns networks in their canonical form, without duplicates.
///
/// # Errors
/// 400 that names the first invalid entry, or for more than [`limit::NETWORKS`] entries.
pub(crate) fn canonical_networks(pointer: &'static str, given: &[String]) -> Result<Vec<String>> {
    if given.len() > limit::NETWORKS {
        let message = format!("must have at most {} entries", limit::NETWORKS);
        return Err(Error::invalid(pointer, message));
    }
    let mut networks = Vec::with_capacity(given.len());
    for (at, text) in given.iter().enumerate() {
        let network = parse_network(text).ok_or_else(|| {
            Error::invalid(
                format!("{pointer}/{at}"),
                "must be a network in CIDR notation, such as 192.0.2.0/24 or 2001:db8::/32",
            )
        })?;
        let network = network.to_string();
        if !networks.contains(&network) {
            networks.push(network);
        }
    }
    Ok(networks)
}

/// Returns whether one of the networks contains the address.
pub(crate) fn contains(networks: &[String], address: IpAddr) -> bool {
    let address = address.to_canonical();
    networks
        .iter()
        .filter_map(|network| parse_network(network))
        .any(|network| network.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_has_one_form() {
        for (given, canonical) in [
            ("192.0.2.7/24", "192.0.2.0/24"),
            ("192.0.2.7", "192.0.2.7/32"),
            ("2001:DB8:0::1/32", "2001:db8::/32"),
            ("::ffff:192.0.2.7/120", "192.0.2.0/24"),
            ("::ffff:192.0.2.7", "192.0.2.7/32"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("::/0", "::/0"),
        ] {
            assert_eq!(
                parse_network(given)
                    .map(|network| network.to_string())
                    .as_deref(),
                Some(canonical),
                "{given}"
            );
        }
        for invalid in [
            "",
            "192.0.2.0/33",
            "192.0.2",
            "2001:db8::/129",
            "a",
            "::ffff:1.2.3.4/-1",
        ] {
            assert_eq!(parse_network(invalid), None, "{invalid}");
        }
    }

    #[test]
    fn mapped_address_is_contained_in_its_ipv4_network() {
        let networks = vec!["192.0.2.0/24".to_owned()];
        assert!(contains(&networks, "::ffff:192.0.2.9".parse().unwrap()));
        assert!(!contains(&networks, "192.0.3.9".parse().unwrap()));
    }
}
