//! Under which addresses clients reach this machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rtc::shared::ifaces;

/// Addresses to announce for a socket bound to `bind`, most preferred first: `public` if the user named one, then the
/// bound address itself, or for an unspecified one every address of every interface, loopback last.
#[must_use]
pub fn announced(bind: IpAddr, public: Option<IpAddr>) -> Vec<IpAddr> {
    let local = if bind.is_unspecified() { of_interfaces() } else { vec![bind] };
    order(bind, public, local)
}

fn of_interfaces() -> Vec<IpAddr> {
    match ifaces::ifaces() {
        Ok(interfaces) => {
            interfaces.into_iter().filter_map(|interface| interface.addr).map(|addr| addr.ip()).collect()
        }
        Err(error) => {
            tracing::warn!(%error, "network interfaces cannot be listed, only loopback is announced");
            vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
        }
    }
}

/// Drops what the socket cannot answer from and what no client can dial; sorts the rest.
fn order(bind: IpAddr, public: Option<IpAddr>, mut local: Vec<IpAddr>) -> Vec<IpAddr> {
    local.retain(|ip| (bind.is_ipv6() || ip.is_ipv4()) && !ip.is_multicast() && !is_link_local(*ip));
    local.sort_by_key(|ip| (ip.is_loopback(), ip.is_ipv6()));
    let mut out: Vec<IpAddr> = public.into_iter().collect();
    for ip in local {
        if !out.contains(&ip) {
            out.push(ip);
        }
    }
    out
}

/// An IPv6 address that needs a scope, which a candidate cannot carry.
fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(_) => false,
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_bound_address_is_the_only_one() {
        assert_eq!(announced(ip("127.0.0.1"), None), [ip("127.0.0.1")]);
        assert_eq!(announced(ip("::1"), None), [ip("::1")]);
        assert_eq!(announced(ip("10.0.0.1"), Some(ip("203.0.113.1"))), [ip("203.0.113.1"), ip("10.0.0.1")]);
    }

    #[test]
    fn an_unspecified_address_means_all_with_loopback_last() {
        let found = ["127.0.0.1", "::1", "fe80::1", "2001:db8::1", "10.0.0.1"].map(ip).to_vec();
        assert_eq!(order(ip("0.0.0.0"), None, found.clone()), ["10.0.0.1", "127.0.0.1"].map(ip));
        assert_eq!(order(ip("::"), None, found), ["10.0.0.1", "2001:db8::1", "127.0.0.1", "::1"].map(ip));
    }
}
