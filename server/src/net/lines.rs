//! One client's TCP connections, and whether the one that media goes by keeps up.
//!
//! What a connection cannot carry in time is left out, whole pictures at a time, before it is encrypted: what waits in
//! a connection gets old and cannot be taken back. When all that waited is sent, a keyframe must come.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::BytesMut;

use super::line::Line;
use super::remote::{Remote, Via};

/// Connections of one client; the oldest makes room.
const LINES_MAX: usize = 4;
/// Bytes before a connection's kernel beyond which the next picture is left out. About two pictures at 8 Mbps.
const BEHIND: usize = 32 << 10;
/// After pictures were left out a keyframe must come, which costs all viewers: not more often than this for one that
/// does not keep up.
const RESUME_INTERVAL: Duration = Duration::from_secs(1);

/// The connections, by the client's end.
#[derive(Default)]
pub struct Lines {
    known: VecDeque<(SocketAddr, Line)>,
    /// Pictures have been left out since then.
    behind_since: Option<Instant>,
}

impl Lines {
    /// Datagrams come from `address` by `line`.
    pub fn learn(&mut self, address: SocketAddr, line: Line) {
        // An address may come again after its connection has ended.
        self.known.retain(|(_, line)| line.is_open());
        if self.get(address).is_some() {
            return;
        }
        if self.known.len() == LINES_MAX {
            self.known.pop_front();
        }
        self.known.push_back((address, line));
    }

    /// Sends a datagram. Without a connection to there it is lost; the client will find another way.
    pub fn send(&self, address: SocketAddr, datagram: BytesMut) {
        if let Some(line) = self.get(address) {
            line.send(datagram);
        }
    }

    /// Whether the next picture is left out, because those before it still wait on the way to `media`.
    pub fn is_behind(&mut self, media: Option<Remote>, now: Instant) -> bool {
        let is_behind = self.media(media).is_some_and(|line| line.waiting() > BEHIND);
        if is_behind {
            self.behind_since.get_or_insert(now);
        }
        is_behind
    }

    /// Whether media goes by a connection that is closed.
    #[must_use]
    pub fn is_cut(&self, media: Option<Remote>) -> bool {
        let is_tcp = media.is_some_and(|media| media.via == Via::Tcp);
        is_tcp && !self.media(media).is_some_and(Line::is_open)
    }

    /// Resolves when pictures were left out on the way to `media` and nothing waits any more: time for a keyframe. The
    /// future borrows nothing.
    pub fn caught_up(&self, media: Option<Remote>) -> impl Future<Output = ()> + use<> {
        let (since, line) = (self.behind_since, self.media(media).cloned());
        async move {
            let Some(since) = since else { return std::future::pending().await };
            tokio::time::sleep_until((since + RESUME_INTERVAL).into()).await;
            // Without a line, media has found another way meanwhile.
            if let Some(line) = line {
                line.drained().await;
            }
        }
    }

    /// A keyframe was asked for: what was left out is forgotten.
    pub fn resume(&mut self) {
        self.behind_since = None;
    }

    fn media(&self, media: Option<Remote>) -> Option<&Line> {
        match media? {
            Remote { via: Via::Tcp, address } => self.get(address),
            Remote { via: Via::Udp, .. } => None,
        }
    }

    fn get(&self, address: SocketAddr) -> Option<&Line> {
        self.known.iter().find(|(known, _)| *known == address).map(|(_, line)| line)
    }
}
