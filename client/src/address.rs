//! Where a server is, as people write it: a host name, an IP address, with or without a port, or the address bar's text.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// The port of a bare host name.
pub const DEFAULT_PORT: u16 = 49_100;
/// The port of `http://HOST/`.
const HTTP_PORT: u16 = 80;

/// A host and a port. What follows them in a URL (path, query) is the page's own and is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Name or number.
    pub host: Host,
    /// TCP, and UDP of the same number.
    pub port: u16,
}

/// A host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// To be resolved.
    Name(String),
    /// Needs no resolving.
    Ip(IpAddr),
}

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing is left where the host should be.
    #[error("there is no host in \"{0}\"; write http://HOST:PORT/")]
    NoHost(String),
    /// Characters that no host name has.
    #[error("\"{0}\" is not a host name; write http://HOST:PORT/, an IPv6 address in brackets")]
    BadHost(String),
    /// Not a number from 1 to 65535.
    #[error("\"{0}\" is not a port; write a number from 1 to 65535")]
    BadPort(String),
    /// Another scheme than plain HTTP.
    #[error("\"{0}\" is not understood; the server speaks plain HTTP: write http://HOST:PORT/")]
    BadScheme(String),
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let (rest, default_port) = match text.split_once("://") {
            Some((scheme, rest)) if ["http", "ws"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) => {
                (rest, HTTP_PORT)
            }
            Some((scheme, _)) => return Err(AddressError::BadScheme(format!("{scheme}://"))),
            None => (text, DEFAULT_PORT),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.is_empty() {
            return Err(AddressError::NoHost(text.to_owned()));
        }
        if let Ok(ip) = authority.parse::<Ipv6Addr>() {
            return Ok(Self { host: Host::Ip(ip.into()), port: default_port });
        }
        let (host, port) = split_port(authority)?;
        let port = match port {
            None => default_port,
            Some(digits) => match digits.parse() {
                Ok(port) if port > 0 && !digits.starts_with('+') => port,
                Ok(_) | Err(_) => return Err(AddressError::BadPort(digits.to_owned())),
            },
        };
        Ok(Self { host: host.parse()?, port })
    }
}

/// The host, without its brackets, and what stands behind the colon.
fn split_port(authority: &str) -> Result<(&str, Option<&str>), AddressError> {
    let bad = || AddressError::BadHost(authority.to_owned());
    let Some(inner) = authority.strip_prefix('[') else {
        return Ok(match authority.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        });
    };
    let (ip, rest) = inner.split_once(']').ok_or_else(bad)?;
    // Only an address of version 6 stands in brackets.
    let _: Ipv6Addr = ip.parse().map_err(|_| bad())?;
    match rest.strip_prefix(':') {
        Some(port) => Ok((ip, Some(port))),
        None if rest.is_empty() => Ok((ip, None)),
        None => Err(bad()),
    }
}

impl FromStr for Host {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if text.is_empty() {
            return Err(AddressError::NoHost(text.to_owned()));
        }
        if let Ok(ip) = text.parse() {
            return Ok(Self::Ip(ip));
        }
        let is_name = text.len() <= 253
            && text.split('.').all(|label| label.len() <= 63)
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
            && text.chars().any(|c| c.is_ascii_alphanumeric());
        if is_name { Ok(Self::Name(text.to_owned())) } else { Err(AddressError::BadHost(text.to_owned())) }
    }
}

/// As in a `Host` header.
impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Name(name) => write!(out, "{name}:{}", self.port),
            Host::Ip(IpAddr::V4(ip)) => write!(out, "{ip}:{}", self.port),
            Host::Ip(IpAddr::V6(ip)) => write!(out, "[{ip}]:{}", self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_understood() {
        for (text, expected) in [
            ("http://127.0.0.1:49100/", "127.0.0.1:49100"),
            ("http://127.0.0.1:49100/?stage=a.usd#x", "127.0.0.1:49100"),
            ("HTTP://Workshop.local:8080", "Workshop.local:8080"),
            ("ws://workshop/ws", "workshop:80"),
            ("http://workshop", "workshop:80"),
            ("workshop", "workshop:49100"),
            (" workshop:1 ", "workshop:1"),
            ("10.0.0.7", "10.0.0.7:49100"),
            ("::1", "[::1]:49100"),
            ("[::1]", "[::1]:49100"),
            ("[fe80::1]:65535", "[fe80::1]:65535"),
            ("http://[::1]:49100/", "[::1]:49100"),
        ] {
            assert_eq!(
                text.parse::<Address>().map(|address| address.to_string()),
                Ok(expected.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_address_is_named() {
        use AddressError::{BadHost, BadPort, BadScheme, NoHost};
        for (text, expected) in [
            ("", NoHost(String::new())),
            ("http://", NoHost("http://".into())),
            ("http:///path", NoHost("http:///path".into())),
            (":80", NoHost(String::new())),
            ("https://workshop/", BadScheme("https://".into())),
            ("file:///a.usd", BadScheme("file://".into())),
            ("a b", BadHost("a b".into())),
            ("user@host", BadHost("user@host".into())),
            ("...", BadHost("...".into())),
            ("[::1", BadHost("[::1".into())),
            ("[::1]x", BadHost("[::1]x".into())),
            ("[10.0.0.1]:80", BadHost("[10.0.0.1]:80".into())),
            ("host:", BadPort(String::new())),
            ("host:0", BadPort("0".into())),
            ("host:+80", BadPort("+80".into())),
            ("host:65536", BadPort("65536".into())),
            ("host:http", BadPort("http".into())),
        ] {
            assert_eq!(text.parse::<Address>(), Err(expected), "{text}");
        }
    }
}
