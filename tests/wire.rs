//! A viewer's way to the server: a UDP socket, or one TCP connection with a length before each datagram (RFC 4571).

use std::io;
use std::net::SocketAddr;

use bytes::{Buf as _, BytesMut};
use rtc::shared::TransportProtocol;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

const DATAGRAM_MAX: usize = 2048;
/// What the kernel keeps for a viewer that is not scheduled for a while, in bytes; it may grant less.
const KERNEL_BUFFER: usize = 4 << 20;

/// One of the two.
pub enum Wire {
    /// Datagrams.
    Udp {
        /// Bound.
        socket: UdpSocket,
        /// To what.
        local: SocketAddr,
        /// The datagram that is being read.
        buffer: Vec<u8>,
    },
    /// Not connected before the answer is there.
    Tcp(Option<Tcp>),
}

/// A connection.
pub struct Tcp {
    stream: TcpStream,
    buffer: BytesMut,
    ends: [SocketAddr; 2],
}

impl Wire {
    /// A socket on the loopback interface.
    ///
    /// # Errors
    /// The system's.
    pub async fn udp() -> io::Result<Self> {
        let socket = UdpSocket::bind("127.0.0.1:0").await?;
        rustix::net::sockopt::set_socket_recv_buffer_size(&socket, KERNEL_BUFFER)?;
        let local = socket.local_addr()?;
        Ok(Self::Udp { socket, local, buffer: vec![0; DATAGRAM_MAX] })
    }

    /// A connection yet to be made.
    #[must_use]
    pub fn tcp() -> Self {
        Self::Tcp(None)
    }

    /// The candidate that an offer names.
    #[must_use]
    pub fn candidate(&self) -> String {
        match self {
            Self::Udp { local, .. } => format!("1 1 udp 2130706431 {} {} typ host", local.ip(), local.port()),
            // The port of one who connects is the discard port (RFC 6544, section 4.5).
            Self::Tcp(_) => "1 1 tcp 1518280447 127.0.0.1 9 typ host tcptype active".to_owned(),
        }
    }

    /// This end.
    #[must_use]
    pub fn local(&self) -> SocketAddr {
        match self {
            Self::Udp { local, .. } => *local,
            Self::Tcp(Some(tcp)) => tcp.ends[0],
            Self::Tcp(None) => SocketAddr::from(([127, 0, 0, 1], 9)),
        }
    }

    /// As the stack names it.
    #[must_use]
    pub fn protocol(&self) -> TransportProtocol {
        match self {
            Self::Udp { .. } => TransportProtocol::UDP,
            Self::Tcp(_) => TransportProtocol::TCP,
        }
    }

    /// Connects to the first TCP candidate of `answer`, if that is the way.
    ///
    /// # Errors
    /// There is none, or it does not answer.
    pub async fn connect(&mut self, answer: &str) -> io::Result<()> {
        let Self::Tcp(slot) = self else { return Ok(()) };
        let passive = answer.lines().find_map(|line| {
            let mut words = line.strip_prefix("a=candidate:")?.split_whitespace().skip(2);
            let (protocol, ip, port) = (words.next()?, words.nth(1)?, words.next()?);
            let address = || Some(SocketAddr::new(ip.parse().ok()?, port.parse().ok()?));
            if protocol == "tcp" && line.contains("tcptype passive") { address() } else { None }
        });
        let missing = || io::Error::new(io::ErrorKind::NotFound, "the answer has no TCP candidate");
        let stream = TcpStream::connect(passive.ok_or_else(missing)?).await?;
        stream.set_nodelay(true)?;
        let ends = [stream.local_addr()?, stream.peer_addr()?];
        *slot = Some(Tcp { stream, buffer: BytesMut::with_capacity(2 * DATAGRAM_MAX), ends });
        Ok(())
    }

    /// Sends a datagram; one that cannot be sent is lost, as datagrams are.
    pub async fn send(&mut self, datagram: &[u8], to: SocketAddr) {
        match self {
            Self::Udp { socket, .. } => drop(socket.send_to(datagram, to).await),
            Self::Tcp(Some(tcp)) => {
                let length = u16::try_from(datagram.len()).unwrap_or(u16::MAX).to_be_bytes();
                drop(tcp.stream.write_all(&[&length[..], datagram].concat()).await);
            }
            Self::Tcp(None) => {}
        }
    }

    /// Waits for a datagram; `None` when the connection has ended. Can be cancelled without loss.
    pub async fn receive(&mut self) -> Option<(BytesMut, SocketAddr)> {
        match self {
            Self::Udp { socket, buffer, .. } => loop {
                if let Ok((len, from)) = socket.recv_from(buffer).await {
                    return Some((BytesMut::from(&buffer[..len]), from));
                }
            },
            Self::Tcp(Some(tcp)) => loop {
                if let Some(datagram) = tcp.take() {
                    return Some((datagram, tcp.ends[1]));
                }
                if !tcp.stream.read_buf(&mut tcp.buffer).await.is_ok_and(|count| count > 0) {
                    return None;
                }
            },
            Self::Tcp(None) => None,
        }
    }

    /// A datagram that is there already.
    pub fn try_receive(&mut self) -> Option<(BytesMut, SocketAddr)> {
        match self {
            Self::Udp { socket, buffer, .. } => {
                let (len, from) = socket.try_recv_from(buffer).ok()?;
                Some((BytesMut::from(&buffer[..len]), from))
            }
            Self::Tcp(tcp) => tcp.as_mut().and_then(|tcp| Some((tcp.take()?, tcp.ends[1]))),
        }
    }
}

impl Tcp {
    fn take(&mut self) -> Option<BytesMut> {
        let length = usize::from(u16::from_be_bytes(*self.buffer.first_chunk::<2>()?));
        if self.buffer.len() < 2 + length {
            return None;
        }
        self.buffer.advance(2);
        Some(self.buffer.split_to(length))
    }
}
