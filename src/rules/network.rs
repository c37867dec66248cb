//! Source networks in CIDR form: `203.0.113.0/24`, `2001:db8::/32`, or a single address. Knows addresses and bits.
//! Knows nothing of names: a `sourceIPAddress` that is a service's name lies in no network.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// A network of IPv4 or IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    /// Bits that count: up to 32 or 128.
    bits: u8,
}

/// Why a text is no network, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkError(String);

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NetworkError {}

impl FromStr for Network {
    type Err = NetworkError;

    /// Refuses an address with bits set behind the mask: `203.0.113.7/24` may mean the host or the network.
    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (host, length) = match text.split_once('/') {
            Some((host, length)) => (host, Some(length)),
            None => (text, None),
        };
        let refuse = |what: String| Err(NetworkError(what));
        let Ok(address) = host.parse::<IpAddr>() else {
            return refuse(format!("{text:?} is no network; write 203.0.113.0/24 or 2001:db8::/32"));
        };
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match length {
            None => most,
            Some(digits) => {
                let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
                match digits.parse::<u8>() {
                    Ok(bits) if plain && bits <= most => bits,
                    _ => return refuse(format!("{text:?}: the length is a number from 0 to {most}")),
                }
            }
        };
        let network = Network { address, bits };
        let first = network.first();
        if first != address {
            return refuse(format!(
                "{text:?} has bits set behind its /{bits}; write {first}/{bits} for the network, or {address} for the one \
                 address"
            ));
        }
        Ok(network)
    }
}

impl Network {
    /// Whether the address lies inside. IPv4 addresses written as IPv6 (`::ffff:203.0.113.7`) are IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        let (own, own_bits) = spread(self.address);
        let (other, other_bits) = spread(address.to_canonical());
        own_bits == other_bits && masked(other, own_bits, self.bits) == own
    }

    /// Whether every address of `other` lies inside.
    pub fn covers(&self, other: &Network) -> bool {
        self.bits <= other.bits && self.contains(other.address)
    }

    fn first(&self) -> IpAddr {
        let (address, width) = spread(self.address);
        let first = masked(address, width, self.bits);
        match self.address {
            IpAddr::V4(_) => IpAddr::V4((first as u32).into()),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::from(first)),
        }
    }
}

fn spread(address: IpAddr) -> (u128, u8) {
    match address {
        IpAddr::V4(v4) => (u128::from(u32::from(v4)), 32),
        IpAddr::V6(v6) => (u128::from(v6), 128),
    }
}

fn masked(address: u128, width: u8, bits: u8) -> u128 {
    match width - bits {
        128 => 0,
        behind => address >> behind << behind,
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        text.parse().unwrap()
    }

    #[test]
    fn holds_its_addresses_and_no_others() {
        for (net, address, expected) in [
            ("203.0.113.0/24", "203.0.113.255", true),
            ("203.0.113.0/24", "203.0.114.0", false),
            ("203.0.113.7", "203.0.113.7", true),
            ("203.0.113.7/32", "203.0.113.8", false),
            ("0.0.0.0/0", "255.1.2.3", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "2001:db8::1", true),
            ("::/0", "203.0.113.7", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("203.0.113.0/24", "::ffff:203.0.113.9", true),
            ("2001:db8::1", "2001:db8::1", true),
        ] {
            assert_eq!(network(net).contains(address.parse().unwrap()), expected, "{net} {address}");
        }
    }

    #[test]
    fn refuses_what_could_mean_two_things() {
        for (text, part) in [
            ("203.0.113.7/24", "write 203.0.113.0/24 for the network"),
            ("203.0.113.0/33", "from 0 to 32"),
            ("203.0.113.0/", "from 0 to 32"),
            ("203.0.113.0/+4", "from 0 to 32"),
            ("::/129", "from 0 to 128"),
            ("office", "is no network"),
            ("203.0.113/24", "is no network"),
        ] {
            let error = text.parse::<Network>().unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn covers_what_lies_inside() {
        assert!(network("10.0.0.0/8").covers(&network("10.1.0.0/16")));
        assert!(!network("10.1.0.0/16").covers(&network("10.0.0.0/8")));
        assert!(!network("::/0").covers(&network("10.0.0.0/8")));
    }
}
