//! The one UDP socket of all peers.
//!
//! Speaks in canonical addresses: on a dual-stack socket an IPv4 client is an IPv4 client, not a mapped IPv6 one.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::net::UdpSocket;

/// Kernel buffer in bytes that is asked for in each direction; the system may grant less. One keyframe for each of
/// eight viewers.
const KERNEL_BUFFER: usize = 2 << 20;

/// The socket, shared by the demultiplexer, which reads, and the peers, which write.
#[derive(Debug)]
pub struct Socket {
    udp: UdpSocket,
    local: SocketAddr,
}

impl Socket {
    /// Takes over a bound socket.
    ///
    /// # Errors
    /// The socket has no address.
    pub fn new(udp: UdpSocket) -> io::Result<Self> {
        use rustix::net::sockopt::{set_socket_recv_buffer_size, set_socket_send_buffer_size};
        for set in [set_socket_recv_buffer_size, set_socket_send_buffer_size] {
            if let Err(error) = set(&udp, KERNEL_BUFFER) {
                tracing::debug!(%error, "kernel buffers stay as they are");
            }
        }
        let local = udp.local_addr()?;
        Ok(Self { udp, local })
    }

    /// What it is bound to.
    #[must_use]
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// Waits until a datagram is there.
    ///
    /// # Errors
    /// The socket's.
    pub async fn readable(&self) -> io::Result<()> {
        self.udp.readable().await
    }

    /// Reads a datagram that is already there.
    ///
    /// # Errors
    /// `WouldBlock` if there is none.
    pub fn try_recv(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let (len, from) = self.udp.try_recv_from(buffer)?;
        Ok((len, SocketAddr::new(from.ip().to_canonical(), from.port())))
    }

    /// Sends a datagram; waits only while the kernel's buffer is full. What cannot be sent is lost, as datagrams are.
    pub async fn send(&self, datagram: &[u8], to: SocketAddr) {
        let to = match (self.local, to.ip()) {
            (SocketAddr::V6(_), IpAddr::V4(ip)) => SocketAddr::from((ip.to_ipv6_mapped(), to.port())),
            (SocketAddr::V4(_) | SocketAddr::V6(_), IpAddr::V4(_) | IpAddr::V6(_)) => to,
        };
        let sent = match self.udp.try_send_to(datagram, to) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.udp.send_to(datagram, to).await,
            sent => sent,
        };
        if let Err(error) = sent {
            tracing::trace!(%error, %to, "datagram not sent");
        }
    }
}
