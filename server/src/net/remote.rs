//! The far end of a path: an address, and how datagrams get there.

use std::fmt;
use std::net::SocketAddr;

/// How datagrams travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Via {
    /// On their own.
    Udp,
    /// One after the other in a TCP connection (RFC 4571).
    Tcp,
}

/// Where datagrams come from and go to. The same address may be another place over UDP and over TCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Remote {
    /// How.
    pub via: Via,
    /// Canonical.
    pub address: SocketAddr,
}

impl Remote {
    /// Over UDP.
    #[must_use]
    pub fn udp(address: SocketAddr) -> Self {
        Self { via: Via::Udp, address }
    }

    /// Over TCP.
    #[must_use]
    pub fn tcp(address: SocketAddr) -> Self {
        Self { via: Via::Tcp, address }
    }
}

impl fmt::Display for Remote {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let via = match self.via {
            Via::Udp => "udp",
            Via::Tcp => "tcp",
        };
        write!(out, "{via} {}", self.address)
    }
}
