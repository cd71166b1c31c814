//! Who calls: the address behind a connection, and how much of what was written to it has left.

use std::net::IpAddr;

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;

use crate::http::door::Door;
use crate::http::gauge::Gauge;

/// One connection, as handlers see it.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The other end.
    pub ip: IpAddr,
    /// Of its bytes.
    pub gauge: Gauge,
}

impl Connected<IncomingStream<'_, Door>> for Caller {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        Self { ip: stream.remote_addr().ip().to_canonical(), gauge: stream.io().gauge() }
    }
}
