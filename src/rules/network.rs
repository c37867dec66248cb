//! Source networks in CIDR form: `203.0.113.0/24`, `2001:db8::/32`, or a single address. Knows IP
//! addresses (`ipnet` does the arithmetic). Knows nothing of names: a `sourceIPAddress` that is the
//! name of a service is not in any network.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

/// An IPv4 or IPv6 network. The address is the first one of the network: no host bits are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(IpNet);

/// Why a text is not a network.
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

    /// Rejects host bits: `203.0.113.7/24` may mean the host or the network.
    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (host, length) = text.split_once('/').map_or((text, None), |(host, length)| (host, Some(length)));
        let refuse = |what: String| Err(NetworkError(what));
        let Ok(address) = host.parse::<IpAddr>() else {
            return refuse(format!("{text:?} is no network; write 203.0.113.0/24 or 2001:db8::/32"));
        };
        let host = IpNet::from(address);
        let Some(length) = length else { return Ok(Self(host)) };
        let plain = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
        let network = length.parse().ok().filter(|_| plain).and_then(|bits| IpNet::new(address, bits).ok());
        let Some(network) = network else {
            let most = host.max_prefix_len();
            return refuse(format!("{text:?}: the length is a number from 0 to {most}"));
        };
        let first = network.trunc();
        if first != network {
            return refuse(format!(
                "{text:?} has bits set behind its /{}; write {first} for the network, or {address} for the one address",
                network.prefix_len()
            ));
        }
        Ok(Self(network))
    }
}

impl Network {
    /// Whether the address is in the network. IPv4 addresses written as IPv6 (`::ffff:203.0.113.7`)
    /// are IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// Whether every address of `other` is in the network.
    pub fn covers(&self, other: &Network) -> bool {
        self.0.contains(&other.0)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
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
    fn rejects_ambiguous_networks() {
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
