//! A viewer's way to the server: a UDP socket, or one TCP connection with a length before each datagram (RFC 4571).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use bytes::{Buf as _, BytesMut};
use rtc::shared::TransportProtocol;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

const DATAGRAM_MAX: usize = 2048;
/// What the kernel keeps for a viewer that is not scheduled for a while, in bytes; it may grant less.
const KERNEL_BUFFER: usize = 4 << 20;
/// The port of one who connects (RFC 6544, section 4.5).
const DISCARD_PORT: u16 = 9;

/// How long the server may take to close a connection after the goodbye.
const FAREWELL: Duration = Duration::from_secs(1);

/// One of the two.
pub enum Wire {
    /// Datagrams.
    Udp {
        /// Bound.
        socket: UdpSocket,
        /// Under which address the server is reached from here.
        local: SocketAddr,
        /// The datagram that is being read.
        buffer: Vec<u8>,
    },
    /// Not connected before the answer is there.
    Tcp {
        /// Under which address the server is reached from here.
        local: IpAddr,
        /// The connection.
        line: Option<Line>,
    },
}

/// A connection.
pub struct Line {
    stream: TcpStream,
    buffer: BytesMut,
    ends: [SocketAddr; 2],
}

impl Wire {
    /// A socket for datagrams. `local` is this machine's address on the way to the server.
    ///
    /// # Errors
    /// The system's.
    pub async fn udp(local: IpAddr) -> io::Result<Self> {
        // Not bound to the address: it may change while the way stays.
        let any = match local {
            ip if ip.is_loopback() => ip,
            IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let socket = UdpSocket::bind((any, 0)).await?;
        // Less is no reason to stop.
        let _ = rustix::net::sockopt::set_socket_recv_buffer_size(&socket, KERNEL_BUFFER);
        let local = SocketAddr::new(local, socket.local_addr()?.port());
        Ok(Self::Udp { socket, local, buffer: vec![0; DATAGRAM_MAX] })
    }

    /// A connection yet to be made.
    #[must_use]
    pub fn tcp(local: IpAddr) -> Self {
        Self::Tcp { local, line: None }
    }

    /// The candidate that an offer names.
    #[must_use]
    pub fn candidate(&self) -> String {
        match self {
            Self::Udp { local, .. } => format!("1 1 udp 2130706431 {} {} typ host", local.ip(), local.port()),
            Self::Tcp { local, .. } => {
                format!("1 1 tcp 1518280447 {local} {DISCARD_PORT} typ host tcptype active")
            }
        }
    }

    /// This end.
    #[must_use]
    pub fn local(&self) -> SocketAddr {
        match self {
            Self::Udp { local, .. } => *local,
            Self::Tcp { line: Some(line), .. } => line.ends[0],
            Self::Tcp { local, line: None } => SocketAddr::new(*local, DISCARD_PORT),
        }
    }

    /// As the stack names it.
    #[must_use]
    pub fn protocol(&self) -> TransportProtocol {
        match self {
            Self::Udp { .. } => TransportProtocol::UDP,
            Self::Tcp { .. } => TransportProtocol::TCP,
        }
    }

    /// Connects to the first TCP candidate of `answer`, if that is the way.
    ///
    /// # Errors
    /// There is none, or it does not answer.
    pub async fn connect(&mut self, answer: &str) -> io::Result<()> {
        let Self::Tcp { line, .. } = self else { return Ok(()) };
        let missing = || io::Error::new(io::ErrorKind::NotFound, "the answer has no TCP candidate");
        let stream = TcpStream::connect(passive_candidate(answer).ok_or_else(missing)?).await?;
        stream.set_nodelay(true)?;
        let ends = [stream.local_addr()?, stream.peer_addr()?];
        *line = Some(Line { stream, buffer: BytesMut::with_capacity(2 * DATAGRAM_MAX), ends });
        Ok(())
    }

    /// Lets what was sent arrive: a connection that is closed while something is unread takes that with it.
    pub async fn finish(&mut self) {
        let Self::Tcp { line: Some(line), .. } = self else { return };
        let farewell = async {
            line.stream.shutdown().await?;
            while line.stream.read_buf(&mut line.buffer).await? > 0 {
                line.buffer.clear();
            }
            io::Result::Ok(())
        };
        // A server that does not close finds out by itself.
        drop(timeout(FAREWELL, farewell).await);
    }

    /// Sends a datagram; one that cannot be sent is lost, as datagrams are.
    pub async fn send(&mut self, datagram: &[u8], to: SocketAddr) {
        match self {
            Self::Udp { socket, .. } => drop(socket.send_to(datagram, to).await),
            Self::Tcp { line: Some(line), .. } => {
                let Ok(length) = u16::try_from(datagram.len()) else { return };
                drop(line.stream.write_all(&[&length.to_be_bytes()[..], datagram].concat()).await);
            }
            Self::Tcp { line: None, .. } => {}
        }
    }

    /// Waits for a datagram; `None` when the connection has ended. Can be cancelled without loss.
    pub async fn receive(&mut self) -> Option<(BytesMut, SocketAddr)> {
        match self {
            Self::Udp { socket, buffer, .. } => loop {
                match socket.recv_from(buffer).await {
                    Ok((len, from)) => return Some((BytesMut::from(&buffer[..len]), from)),
                    // Somebody said that nobody listens there; that is about one datagram.
                    Err(error) if is_passing(&error) => {}
                    Err(_) => return None,
                }
            },
            Self::Tcp { line: Some(line), .. } => loop {
                if let Some(datagram) = line.take() {
                    return Some((datagram, line.ends[1]));
                }
                if !line.stream.read_buf(&mut line.buffer).await.is_ok_and(|count| count > 0) {
                    return None;
                }
            },
            Self::Tcp { line: None, .. } => None,
        }
    }

    /// A datagram that is there already.
    pub fn try_receive(&mut self) -> Option<(BytesMut, SocketAddr)> {
        match self {
            Self::Udp { socket, buffer, .. } => {
                let (len, from) = socket.try_recv_from(buffer).ok()?;
                Some((BytesMut::from(&buffer[..len]), from))
            }
            Self::Tcp { line, .. } => line.as_mut().and_then(|line| Some((line.take()?, line.ends[1]))),
        }
    }
}

fn is_passing(error: &io::Error) -> bool {
    use io::ErrorKind::{
        ConnectionRefused, ConnectionReset, HostUnreachable, Interrupted, NetworkUnreachable,
    };
    [ConnectionRefused, ConnectionReset, HostUnreachable, Interrupted, NetworkUnreachable]
        .contains(&error.kind())
}

/// Where the first candidate of `answer` that waits for TCP connections is.
fn passive_candidate(answer: &str) -> Option<SocketAddr> {
    answer.lines().find_map(|line| {
        let mut words = line.strip_prefix("a=candidate:")?.split_whitespace().skip(2);
        let (protocol, ip, port) = (words.next()?, words.nth(1)?, words.next()?);
        let address = || Some(SocketAddr::new(ip.parse().ok()?, port.parse().ok()?));
        if protocol == "tcp" && line.contains("tcptype passive") { address() } else { None }
    })
}

impl Line {
    fn take(&mut self) -> Option<BytesMut> {
        let length = usize::from(u16::from_be_bytes(*self.buffer.first_chunk::<2>()?));
        if self.buffer.len() < 2 + length {
            return None;
        }
        self.buffer.advance(2);
        Some(self.buffer.split_to(length))
    }
}
