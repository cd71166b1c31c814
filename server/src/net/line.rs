//! One TCP connection that carries a peer's datagrams, each behind its length (ICE over TCP, RFC 6544 and RFC 4571).
//!
//! The server is passive: clients connect, and the first datagram must be a binding request that names a peer.
//! Everything after it goes to that peer, whose ICE agent trusts nothing that is not authentic. A connection that names
//! nobody, names nobody in time, or breaks the framing is closed without an answer.
//!
//! What the kernel has not sent yet is kept short, and what waits before the kernel is counted, so that a peer can see
//! that its line is behind and send whole pictures less often instead of old ones late.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{Notify, mpsc, oneshot};

use super::demux::{Change, DATAGRAM_MAX, Datagram};
use super::remote::Remote;
use super::stun;

/// A connection that has named no peer by then is closed.
const INTRODUCTION: Duration = Duration::from_secs(10);
/// A connection on which nothing comes for so long is dead; clients check their paths every few seconds.
const SILENCE: Duration = Duration::from_secs(60);
/// Longest datagram, in bytes. A client may report on thousands of packets at once where no datagram has to fit a path.
const FRAME_MAX: usize = 16 << 10;
/// An end that confirms nothing for so long has vanished: a machine without power says no goodbye.
const VANISHED: Duration = Duration::from_secs(30);
/// Datagrams that wait for the kernel at most; one more is lost. A keyframe and some.
const QUEUE: usize = 512;
/// Bytes that the kernel holds unsent at most: what is there cannot be taken back when it gets old.
const UNSENT: u32 = 16 << 10;
/// Bytes in the length before each datagram.
const HEADER: usize = 2;
/// Bytes given to the kernel at once.
const BATCH: usize = 32 << 10;

/// The sending end of a connection; cheap to clone. The connection closes when the last one is gone.
#[derive(Clone, Debug)]
pub struct Line {
    queue: mpsc::Sender<BytesMut>,
    waiting: Arc<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    bytes: AtomicUsize,
    sent: Notify,
}

impl Line {
    /// Sends a datagram without waiting. If too many wait, it is lost, as datagrams are.
    pub fn send(&self, datagram: BytesMut) {
        let bytes = datagram.len();
        self.waiting.bytes.fetch_add(bytes, Ordering::Relaxed);
        if self.queue.try_send(datagram).is_err() {
            self.waiting.bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
    }

    /// Whether anybody takes what is sent.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.queue.is_closed()
    }

    /// Bytes that the kernel has not taken yet.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.bytes.load(Ordering::Relaxed)
    }

    /// Waits until nothing waits.
    pub async fn drained(&self) {
        loop {
            let sent = self.waiting.sent.notified();
            if self.waiting() == 0 {
                return;
            }
            sent.await;
        }
    }
}

/// Lets the kernel keep little of what is not sent yet, and give a connection up whose other end has vanished.
///
/// # Errors
/// The system does not know how.
pub fn keep_short(stream: &TcpStream) -> io::Result<()> {
    let socket = socket2::SockRef::from(stream);
    let alive = socket2::TcpKeepalive::new().with_time(VANISHED / 2).with_interval(VANISHED / 6);
    socket.set_tcp_keepalive(&alive)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(VANISHED))?;
    socket.set_tcp_notsent_lowat(UNSENT)
}

/// Serves a connection from `from` until either side has enough of it.
pub async fn run(stream: TcpStream, from: SocketAddr, routes: mpsc::Sender<Change>) {
    if let Err(error) = converse(stream, from, routes).await {
        tracing::debug!(%error, %from, "a TCP connection for media ended");
    }
}

async fn converse(stream: TcpStream, from: SocketAddr, routes: mpsc::Sender<Change>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    if let Err(error) = keep_short(&stream) {
        tracing::debug!(%error, "the kernel keeps as much unsent as it likes");
    }
    let (read, write) = stream.into_split();
    let mut frames = Frames { read, buffer: BytesMut::with_capacity(2 * DATAGRAM_MAX) };
    let introduction = tokio::time::timeout(INTRODUCTION, frames.next());
    let Some(first) = introduction.await.map_err(|_| broken("it named no peer in time"))?? else {
        return Ok(());
    };
    let ufrag = stun::binding_request(&first).map(|request| request.ufrag.to_owned());
    let (reply, found) = oneshot::channel();
    let find = Change::Find { ufrag: ufrag.ok_or_else(|| broken("it began with something else"))?, reply };
    // Both fail only when the server stops.
    drop(routes.send(find).await);
    let Some(inbox) = found.await.ok().flatten() else {
        return Err(broken("it named a peer that is not here"));
    };

    let (queue, outbox) = mpsc::channel(QUEUE);
    let line = Line { queue, waiting: Arc::default() };
    let writer = write_all(write, outbox, line.waiting.clone());
    // Only the peer keeps the line open: when it lets go, the writer ends, and this with it.
    let (weak, waiting) = (line.queue.downgrade(), line.waiting.clone());
    let mut next = Some((first, line));
    let reader = async move {
        loop {
            let (bytes, line) = match next.take() {
                Some(first) => first,
                None => {
                    let frame = tokio::time::timeout(SILENCE, frames.next()).await;
                    let frame = frame.map_err(|_| broken("nothing came any more"))??;
                    let (Some(bytes), Some(queue)) = (frame, weak.upgrade()) else { return Ok(()) };
                    (bytes, Line { queue, waiting: waiting.clone() })
                }
            };
            // A peer that is slow to read makes its client wait, and nobody else.
            let datagram = Datagram { from: Remote::tcp(from), bytes, line: Some(line) };
            if inbox.send(datagram).await.is_err() {
                return Ok(());
            }
        }
    };
    tokio::select! {
        ended = reader => ended,
        ended = writer => ended,
    }
}

/// Writes what comes, in batches, until nobody can send any more.
async fn write_all(
    mut write: OwnedWriteHalf,
    mut outbox: mpsc::Receiver<BytesMut>,
    waiting: Arc<Waiting>,
) -> io::Result<()> {
    let mut batch = BytesMut::with_capacity(BATCH + DATAGRAM_MAX);
    while let Some(first) = outbox.recv().await {
        let mut next = Some(first);
        let mut bytes = 0;
        while let Some(datagram) = next {
            bytes += datagram.len();
            let length = u16::try_from(datagram.len()).map_err(|_| broken("a datagram is too long"))?;
            batch.extend_from_slice(&length.to_be_bytes());
            batch.extend_from_slice(&datagram);
            next = if batch.len() < BATCH { outbox.try_recv().ok() } else { None };
        }
        let written = write.write_all(&batch).await;
        batch.clear();
        waiting.bytes.fetch_sub(bytes, Ordering::Relaxed);
        waiting.sent.notify_waiters();
        written?;
    }
    Ok(())
}

/// Datagrams out of a byte stream.
struct Frames {
    read: OwnedReadHalf,
    buffer: BytesMut,
}

impl Frames {
    /// The next datagram; `None` at the end. Can be cancelled without loss.
    async fn next(&mut self) -> io::Result<Option<BytesMut>> {
        loop {
            if let Some(frame) = take_frame(&mut self.buffer)? {
                return Ok(Some(frame));
            }
            if self.read.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }
}

/// The first whole datagram, without its length.
fn take_frame(buffer: &mut BytesMut) -> io::Result<Option<BytesMut>> {
    let Some(&[high, low]) = buffer.first_chunk::<HEADER>() else { return Ok(None) };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length > FRAME_MAX {
        return Err(broken("it announced a datagram longer than any"));
    }
    if buffer.len() < HEADER + length {
        return Ok(None);
    }
    buffer.advance(HEADER);
    Ok(Some(buffer.split_to(length)))
}

fn broken(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_out_whole_however_they_were_cut() {
        let wire = [0, 3, b'o', b'n', b'e', 0, 0, 0, 5, b't', b'h', b'r', b'e', b'e'];
        let mut buffer = BytesMut::new();
        let mut frames = Vec::new();
        for byte in wire {
            buffer.extend_from_slice(&[byte]);
            while let Some(frame) = take_frame(&mut buffer).unwrap() {
                frames.push(frame);
            }
        }
        assert_eq!(frames, [&b"one"[..], b"", b"three"]);
        assert!(buffer.is_empty());
    }

    #[test]
    fn a_length_beyond_all_datagrams_ends_it() {
        assert!(take_frame(&mut BytesMut::from(&b"GET / HTTP/1.1"[..])).is_err());
    }

    #[tokio::test]
    async fn what_waits_is_counted_and_a_full_line_loses_the_newest() {
        let (queue, mut outbox) = mpsc::channel(2);
        let line = Line { queue, waiting: Arc::default() };
        for _ in 0..5 {
            line.send(BytesMut::from(&[0; 100][..]));
        }
        assert_eq!(line.waiting(), 200);
        outbox.recv().await.unwrap();
        assert!(line.is_open());
        drop(outbox);
        assert!(!line.is_open());
        line.send(BytesMut::from(&[0; 100][..]));
        assert_eq!(line.waiting(), 200, "nobody takes any more");
    }
}
