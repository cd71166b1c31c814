//! Taking the one port, TCP and UDP, and proving that it answers before anybody is told (requirement S1-01).

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use crate::exit::{Exit, Failure};

/// Both sockets of the port.
pub struct Listeners {
    /// HTTP.
    pub tcp: TcpListener,
    /// Media of all viewers.
    pub udp: UdpSocket,
    /// Where they listen.
    pub address: SocketAddr,
}

/// How many free TCP ports are tried for one whose UDP twin is free too.
const TRIES: usize = 32;
/// More descriptors than all connections together take.
#[cfg(unix)]
const DESCRIPTORS: u64 = 8192;

/// Takes `port` (0: any that is free for both).
///
/// # Errors
/// Exit 3 if it is taken, exit 2 if the address is not this machine's or the port is reserved.
pub fn take(bind: IpAddr, port: u16) -> Result<Listeners, Failure> {
    let mut last = None;
    for _ in 0..if port == 0 { TRIES } else { 1 } {
        match try_take(bind, port) {
            Ok(listeners) => return Ok(listeners),
            Err(error) => last = Some(error),
        }
    }
    let error = last.unwrap_or_else(|| ErrorKind::AddrInUse.into());
    Err(match error.kind() {
        ErrorKind::AddrInUse => Failure::new(
            Exit::PortInUse,
            format_args!("port {port} on {bind} is in use by another program"),
            format_args!("stop it (`ss -tulpn | grep :{port}` names it) or choose another with --port"),
        ),
        ErrorKind::AddrNotAvailable => Failure::new(
            Exit::Usage,
            format_args!("{bind} is no address of this machine"),
            "give --bind one that is",
        ),
        ErrorKind::PermissionDenied => Failure::new(
            Exit::Usage,
            format_args!("port {port} is reserved for the system"),
            "choose one above 1023",
        ),
        _ => Failure::new(Exit::Unexpected, format_args!("cannot listen on {bind} port {port}: {error}"), ""),
    })
}

/// Lets this process have as many connections as the system allows it. Where that cannot be, it is told; the server
/// works with fewer.
pub fn make_room() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        let wanted = limit.maximum.map_or(DESCRIPTORS, |most| most.min(DESCRIPTORS));
        if limit.current.is_some_and(|now| now < wanted)
            && let Err(error) =
                setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum })
        {
            tracing::warn!(%error, "the limit on open files stays low, and with it the number of connections");
        }
    }
}

fn try_take(bind: IpAddr, port: u16) -> io::Result<Listeners> {
    let tcp = TcpListener::bind((bind, port))?;
    let address = tcp.local_addr()?;
    let udp = UdpSocket::bind(address)?;
    tcp.set_nonblocking(true)?;
    udp.set_nonblocking(true)?;
    Ok(Listeners { tcp, udp, address })
}

/// Where this machine reaches a listener on `address`.
#[must_use]
pub fn local(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Asks the port whether it serves, as a client would. Blocks for at most 5 s.
///
/// # Errors
/// Exit 1 with what came instead of an answer.
pub fn probe(address: SocketAddr) -> Result<(), Failure> {
    let ask = || -> io::Result<String> {
        let mut socket = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
        socket.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(socket, "GET /livez HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        socket.take(4096).read_to_string(&mut answer)?;
        Ok(answer)
    };
    match ask() {
        Ok(answer) if answer.starts_with("HTTP/1.1 200 ") => Ok(()),
        Ok(answer) => {
            let line = answer.lines().next().unwrap_or("nothing").to_owned();
            Err(Failure::new(Exit::Unexpected, format_args!("the server answered itself with {line:?}"), ""))
        }
        Err(error) => Err(Failure::new(
            Exit::Unexpected,
            format_args!("the server cannot reach itself at {address}: {error}"),
            "",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sockets_get_the_same_port_and_a_second_server_is_told() {
        let first = take(Ipv4Addr::LOCALHOST.into(), 0).unwrap();
        assert_eq!(first.udp.local_addr().unwrap(), first.address);
        let failure = take(Ipv4Addr::LOCALHOST.into(), first.address.port()).err().unwrap();
        assert_eq!(failure.exit, Exit::PortInUse);
        assert!(failure.to_string().contains("--port"));
    }

    #[test]
    fn a_foreign_address_is_named() {
        let failure = take("192.0.2.1".parse().unwrap(), 0).err().unwrap();
        assert_eq!(failure.exit, Exit::Usage);
    }

    #[test]
    fn a_port_that_says_nothing_is_no_server() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let silent = std::thread::Builder::new().spawn(move || drop(listener.accept())).unwrap();
        assert!(probe(address).is_err());
        silent.join().unwrap();
    }
}
