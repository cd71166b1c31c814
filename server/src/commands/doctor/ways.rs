//! Each way that pictures may take, tried up to the first one: WebRTC over UDP and TCP, a WebSocket, MJPEG.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use telestage_client::{Address, Ending, Event, Hop as Stop, Options, Pair, Transport, Way, connect};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout_at;

use super::hops::Hop;

/// How long a way may take up to its first picture; the client itself gives up earlier where it knows better.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of an MJPEG stream within which its first picture must end.
const JPEG_MAX: usize = 16 << 20;

/// What a way's hops are called.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    /// The server takes the offer.
    pub offer: &'static str,
    /// Packets pass.
    pub path: &'static str,
    /// It is encrypted, and the greeting is answered.
    pub greeting: &'static str,
    /// The first picture is here.
    pub frame: &'static str,
}

impl Names {
    /// In order.
    pub fn all(self) -> [&'static str; 4] {
        [self.offer, self.path, self.greeting, self.frame]
    }
}

/// The ways on which messages go too, in the order in which viewers try them.
pub const NAMES: [(Transport, Names); 3] = [
    (Transport::Udp, Names { offer: "whep", path: "udp", greeting: "udp-greeting", frame: "udp-frame" }),
    (
        Transport::Tcp,
        Names { offer: "tcp-whep", path: "tcp-media", greeting: "tcp-greeting", frame: "tcp-frame" },
    ),
    (
        Transport::WebSocket,
        Names { offer: "websocket", path: "ws-path", greeting: "ws-greeting", frame: "ws-frame" },
    ),
];

/// When each hop was passed, since the beginning.
#[derive(Default)]
struct Log {
    begun: Duration,
    offer: Option<Duration>,
    path: Option<(Duration, Pair)>,
    greeting: Option<(Duration, u32)>,
    frame: Option<(Duration, String)>,
}

/// Tries one way; its four hops.
pub async fn try_way(address: &Address, transport: Transport, names: Names) -> Vec<Hop> {
    let start = Instant::now();
    let options =
        Options { transport: Way::Only(transport), ..Options::new(address.clone(), "telestage-doctor") };
    let (handle, mut events) = connect(options);
    let mut log = Log::default();
    let ending = loop {
        let Ok(event) = timeout_at((start + PATIENCE).into(), events.next()).await else { break None };
        match event {
            Some(Event::Hop(Stop::Trying(_), at)) => log.begun = at,
            Some(Event::Hop(Stop::Answered, at)) => log.offer = Some(at),
            Some(Event::Hop(Stop::PathFound(pair), at)) => log.path = Some((at, pair)),
            Some(Event::Hop(
                Stop::Resolved(_) | Stop::Reached(_) | Stop::Connected(_) | Stop::Greeted | Stop::FirstUnit,
                _,
            )) => {}
            Some(Event::Welcomed(welcome)) => log.greeting = Some((start.elapsed(), welcome.protocol)),
            Some(Event::Unit(unit)) => {
                log.frame = Some((start.elapsed(), format!("{} bytes", unit.data.len())));
            }
            Some(Event::Message(_) | Event::Unknown(_)) => {}
            Some(Event::Ended(ending)) => break Some(ending),
            None => break None,
        }
        if log.greeting.is_some() && log.frame.is_some() {
            break None;
        }
    };
    handle.close();
    // The server gets its place back at once.
    drop(
        timeout_at((Instant::now() + Duration::from_secs(2)).into(), async {
            while events.next().await.is_some() {}
        })
        .await,
    );
    log.hops(transport, names, ending.as_ref(), start.elapsed())
}

impl Log {
    fn hops(self, transport: Transport, names: Names, ending: Option<&Ending>, total: Duration) -> Vec<Hop> {
        let passed: [Option<(Duration, String)>; 4] = [
            self.offer.map(|at| (at, offered(transport).to_owned())),
            self.path
                .map(|(at, pair)| (at, format!("{} to {}, {}", pair.local, pair.remote, transport.name()))),
            self.greeting.map(|(at, protocol)| (at, format!("welcome, protocol {protocol}"))),
            self.frame.map(|(at, what)| (at, format!("first frame, {what}"))),
        ];
        let mut last = self.begun;
        let mut failed: Option<&'static str> = None;
        let mut hops = Vec::new();
        for (name, passed) in names.all().into_iter().zip(passed) {
            hops.push(match (passed, failed) {
                // Pictures may come before the welcome.
                (Some((at, detail)), _) => {
                    let took = at.saturating_sub(last);
                    last = last.max(at);
                    Hop::ok(name, took, detail)
                }
                (None, None) => {
                    failed = Some(name);
                    let cause = ending.map_or_else(|| "nothing came in time".to_owned(), ToString::to_string);
                    Hop::failed(
                        name,
                        total.saturating_sub(last),
                        cause,
                        remedy(transport, name == names.path),
                    )
                }
                (None, Some(earlier)) => Hop::skipped(name, earlier),
            });
        }
        hops
    }
}

fn offered(transport: Transport) -> &'static str {
    match transport {
        Transport::Udp | Transport::Tcp => "the server answers an offer",
        Transport::WebSocket => "the server opens a WebSocket",
    }
}

fn remedy(transport: Transport, is_path: bool) -> &'static str {
    match transport {
        Transport::Udp if is_path => {
            "let UDP through to the same port number; behind address translation start the server with --public-ip"
        }
        Transport::Tcp if is_path => "let plain TCP through: a proxy that speaks HTTP only carries no media",
        Transport::WebSocket => "let the proxy on the way pass WebSocket upgrades",
        Transport::Udp | Transport::Tcp => "look at the server's log",
    }
}

/// Bytes of the first picture of `/stream`.
///
/// # Errors
/// The connection's, or what came was no picture.
pub async fn first_jpeg(server: SocketAddr, host: &str) -> io::Result<usize> {
    let mut stream = TcpStream::connect(server).await?;
    // As HTTP/1.0 has it: no chunks between the parts.
    stream.write_all(format!("GET /stream HTTP/1.0\r\nHost: {host}\r\n\r\n").as_bytes()).await?;
    let mut bytes = Vec::new();
    loop {
        if bytes.len() >= 12 && !(bytes.starts_with(b"HTTP/1.") && &bytes[8..12] == b" 200") {
            let line = String::from_utf8_lossy(&bytes);
            return Err(io::Error::other(line.lines().next().unwrap_or_default().to_owned()));
        }
        if let Some(length) = first_part(&bytes) {
            return Ok(length);
        }
        if bytes.len() > JPEG_MAX {
            return Err(io::Error::other("the stream holds no JPEG"));
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(io::Error::other("the stream ended before its first picture"));
        }
    }
}

/// Bytes of the first part, once it is whole and a JPEG.
fn first_part(answer: &[u8]) -> Option<usize> {
    let parts = &answer[find(answer, b"\r\n\r\n")? + 4..];
    let end = find(parts, b"\r\n\r\n")?;
    let head = std::str::from_utf8(&parts[..end]).ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    })?;
    let body = parts.get(end + 4..)?.get(..length)?;
    (body.starts_with(&[0xff, 0xd8]) && body.ends_with(&[0xff, 0xd9])).then_some(length)
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
