//! Who calls: the address behind a connection, and how much of what was written to it has left.

use std::net::IpAddr;

use crate::http::gauge::Gauge;

/// One connection, as handlers see it.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The other end.
    pub ip: IpAddr,
    /// Of its bytes.
    pub gauge: Gauge,
}
