//! Addresses that are not public.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

/// IPv4 networks that are not public.
const FORBIDDEN_V4: &[Ipv4Net] = &[
    // This network.
    v4([0, 0, 0, 0], 8),
    // Private.
    v4([10, 0, 0, 0], 8),
    // Carrier-grade NAT.
    v4([100, 64, 0, 0], 10),
    // Loopback.
    v4([127, 0, 0, 0], 8),
    // Link-local, with the metadata services of clouds.
    v4([169, 254, 0, 0], 16),
    // Private.
    v4([172, 16, 0, 0], 12),
    // IETF protocol assignments.
    v4([192, 0, 0, 0], 24),
    // Documentation.
    v4([192, 0, 2, 0], 24),
    // 6to4 relays.
    v4([192, 88, 99, 0], 24),
    // Private.
    v4([192, 168, 0, 0], 16),
    // Benchmarks.
    v4([198, 18, 0, 0], 15),
    // Documentation.
    v4([198, 51, 100, 0], 24),
    v4([203, 0, 113, 0], 24),
    // Multicast.
    v4([224, 0, 0, 0], 4),
    // Reserved and broadcast.
    v4([240, 0, 0, 0], 4),
];

/// IPv6 networks that are not public. Only `2000::/3` is allocated to hosts.
const FORBIDDEN_V6: &[Ipv6Net] = &[
    // Unspecified, loopback, embedded IPv4 addresses, NAT64 (64:ff9b::/96 and 64:ff9b:1::/48),
    // discard (100::/64).
    v6(0, 0, 3),
    // Teredo and other protocol assignments.
    v6(0x2001, 0, 23),
    // Documentation.
    v6(0x2001, 0xdb8, 32),
    // 6to4, which embeds an IPv4 address.
    v6(0x2002, 0, 16),
    // Documentation.
    v6(0x3fff, 0, 20),
    // Segment routing (5f00::/16).
    v6(0x4000, 0, 2),
    // Unique local (fc00::/7), link-local (fe80::/10), multicast (ff00::/8).
    v6(0x8000, 0, 1),
];

const fn v4(octets: [u8; 4], prefix: u8) -> Ipv4Net {
    let [a, b, c, d] = octets;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

/// Returns the network that begins with two segments.
const fn v6(first: u16, second: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(first, second, 0, 0, 0, 0, 0, 0), prefix)
}

/// Returns whether an address is public: neither private nor reserved for another purpose. An IPv4
/// address that is mapped to IPv6 counts as the IPv4 address.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => !FORBIDDEN_V4.iter().any(|net| net.contains(&address)),
        IpAddr::V6(address) => !FORBIDDEN_V6.iter().any(|net| net.contains(&address)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// First and last address of a range, and whether the addresses before and after are public.
    struct Range(&'static str, &'static str, bool, bool);

    const RANGES: &[Range] = &[
        Range("0.0.0.0", "0.255.255.255", false, true),
        Range("10.0.0.0", "10.255.255.255", true, true),
        Range("100.64.0.0", "100.127.255.255", true, true),
        Range("127.0.0.0", "127.255.255.255", true, true),
        Range("169.254.0.0", "169.254.255.255", true, true),
        Range("172.16.0.0", "172.31.255.255", true, true),
        Range("192.0.0.0", "192.0.0.255", true, true),
        Range("192.0.2.0", "192.0.2.255", true, true),
        Range("192.88.99.0", "192.88.99.255", true, true),
        Range("192.168.0.0", "192.168.255.255", true, true),
        Range("198.18.0.0", "198.19.255.255", true, true),
        Range("198.51.100.0", "198.51.100.255", true, true),
        Range("203.0.113.0", "203.0.113.255", true, true),
        Range("224.0.0.0", "255.255.255.255", true, false),
        Range("::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false, true),
        Range(
            "2001::",
            "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
            true,
            true,
        ),
        Range(
            "2001:db8::",
            "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
            true,
            true,
        ),
        Range(
            "2002::",
            "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            true,
            true,
        ),
        Range(
            "3fff::",
            "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
            true,
            true,
        ),
        Range(
            "4000::",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            true,
            false,
        ),
    ];

    fn moved(address: IpAddr, by: i8) -> Option<IpAddr> {
        let by = i128::from(by);
        match address {
            IpAddr::V4(address) => {
                let moved = i128::from(address.to_bits()) + by;
                let bits = u32::try_from(moved).ok()?;
                Some(Ipv4Addr::from_bits(bits).into())
            }
            IpAddr::V6(address) => {
                let bits = address.to_bits().checked_add_signed(by)?;
                Some(Ipv6Addr::from_bits(bits).into())
            }
        }
    }

    #[test]
    fn first_and_last_address_of_each_range_are_not_public_and_their_neighbours_are() {
        for Range(first, last, before, after) in RANGES {
            let first: IpAddr = first.parse().unwrap();
            let last: IpAddr = last.parse().unwrap();
            assert!(!is_public(first), "{first}");
            assert!(!is_public(last), "{last}");
            let neighbours = [(moved(first, -1), before), (moved(last, 1), after)];
            for (neighbour, expected) in neighbours {
                let public = neighbour.is_some_and(is_public);
                assert_eq!(public, *expected, "{neighbour:?} next to {first}–{last}");
            }
        }
    }

    #[test]
    fn every_declared_network_is_covered_by_a_tested_range() {
        let tested = |first: IpAddr, last: IpAddr| {
            RANGES.iter().any(|Range(from, to, ..)| {
                let from: IpAddr = from.parse().unwrap();
                let to: IpAddr = to.parse().unwrap();
                first >= from && last <= to && from.is_ipv4() == first.is_ipv4()
            })
        };
        for net in FORBIDDEN_V4 {
            assert!(
                tested(net.network().into(), net.broadcast().into()),
                "{net}"
            );
        }
        for net in FORBIDDEN_V6 {
            assert!(
                tested(net.network().into(), net.broadcast().into()),
                "{net}"
            );
        }
    }

    #[test]
    fn special_networks_within_larger_ranges_are_not_public() {
        for net in [
            "64:ff9b::/96",
            "64:ff9b:1::/48",
            "100::/64",
            "2002::/16",
            "5f00::/16",
            "fc00::/7",
            "fe80::/10",
            "fec0::/10",
            "ff00::/8",
        ] {
            let net: Ipv6Net = net.parse().unwrap();
            assert!(!is_public(net.network().into()), "{net}");
            assert!(!is_public(net.broadcast().into()), "{net}");
        }
    }

    #[test]
    fn mapped_ipv4_address_counts_as_the_ipv4_address() {
        assert!(!is_public("::ffff:127.0.0.1".parse().unwrap()));
        assert!(!is_public("::ffff:169.254.169.254".parse().unwrap()));
        assert!(is_public("::ffff:1.1.1.1".parse().unwrap()));
        assert!(!is_public("::127.0.0.1".parse().unwrap()));
        assert!(!is_public("::ffff:0:127.0.0.1".parse().unwrap()));
    }
}
