//! Addresses that requests must never reach: link-local ones and the metadata services of clouds.
//! A name that resolves to one, or a URL that holds one, is refused (SSRF). Knows no service.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Why an address must never be asked: names resolve by [`GuardedResolver`], and addresses that are written out are seen here.
pub(crate) fn refused_url(url: &Url) -> Option<String> {
    let host = url.host_str()?.trim_matches(['[', ']']);
    let address: IpAddr = host.parse().ok()?;
    is_forbidden(address).then(|| forbidden(host))
}

fn forbidden(host: &str) -> String {
    format!("{host} is a link-local or metadata address; notifications are never sent there")
}

/// Metadata services that are not link-local: Alibaba's, Azure's, Oracle's.
const METADATA: [Ipv4Addr; 3] =
    [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(192, 0, 0, 192)];

/// Link-local addresses and the metadata services of clouds, which give credentials to any client. Private networks and
/// loopback are where many services live, and are allowed.
pub(crate) fn is_forbidden(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_multicast()
                || v4.is_broadcast()
                || METADATA.contains(&v4)
        }
        IpAddr::V6(v6) => {
            let v4 = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
            let embedded = match v6.segments() {
                // Carried to a v4 network: RFC 6052, RFC 8215, and RFC 3056. The last are the compatible ones of old.
                [0x64, 0xff9b, 0, 0, 0, 0, a, b] | [0x64, 0xff9b, 1, .., a, b] | [0x2002, a, b, ..] => {
                    Some(v4(a, b))
                }
                [0, 0, 0, 0, 0, 0, a, b] if a != 0 => Some(v4(a, b)),
                _ => None,
            };
            v6.is_unicast_link_local()
                || v6.is_unspecified()
                || v6.is_multicast()
                // AWS: instances and the pods on them; Google.
                || v6.segments()[..2] == [0xfd00, 0xec2]
                || v6.segments() == [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254]
                || embedded.is_some_and(|v4| is_forbidden(v4.into()))
        }
    }
}

/// The system's resolver, without the addresses that are never asked.
#[derive(Debug)]
pub(crate) struct GuardedResolver;

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let allowed = resolve(name.as_str(), 0).await?;
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// What a host's name stands for by the system's resolver, without the addresses that are never asked; at least one.
pub(crate) async fn resolve(
    host: &str,
    port: u16,
) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
    let asked = host.to_owned();
    let found = tokio::task::spawn_blocking(move || {
        use std::net::ToSocketAddrs as _;
        (asked.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>)
    })
    .await??;
    let allowed: Vec<_> = found.into_iter().filter(|address| !is_forbidden(address.ip())).collect();
    if allowed.is_empty() { Err(forbidden(host).into()) } else { Ok(allowed) }
}

/// The causes of an error, outermost first, each once.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
