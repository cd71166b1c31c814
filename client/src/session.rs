//! One running connection, whatever it runs over: what it sees, and what may be done on it.
//!
//! One task owns the connection and its socket. It waits for whoever reads [`Receiver::next`], so a program that does
//! not read is a slow viewer.

use std::net::SocketAddr;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::unit::AccessUnit;

/// Things seen that wait for their reader; the session waits beyond it.
pub(crate) const SEEN: usize = 256;
/// Acts that wait for the session; whoever acts waits beyond it.
pub(crate) const ACTS: usize = 64;

/// By which way a text travels. Over WebSocket both are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Reliable and ordered: everything that must arrive.
    Control,
    /// Unordered, no retransmission: what is stale when it is late.
    Motion,
}

impl Channel {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Control, Self::Motion];

    /// Its label on the wire.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::Motion => "motion",
        }
    }
}

/// The two ends that packets pass between: what ICE chose, or a connection's ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// This machine's.
    pub local: SocketAddr,
    /// The server's.
    pub remote: SocketAddr,
}

/// What a session sees.
#[derive(Debug, PartialEq, Eq)]
pub enum Seen {
    /// Packets pass in both directions, between these.
    PathFound(Pair),
    /// Encrypted (over WebSocket: accepted) and ready.
    Connected,
    /// A channel can be written to.
    ChannelOpen(Channel),
    /// A text.
    Text(Channel, String),
    /// An access unit, when its last byte came.
    Unit(AccessUnit),
    /// Something that this client does not understand, and what. The session goes on.
    Strange(String),
    /// The server closed the connection. The last thing seen.
    Closed,
    /// Nothing came from the server for so long that it is given up. The last thing seen.
    Lost,
}

/// What may be done.
#[derive(Debug)]
pub enum Act {
    /// Sends a text.
    Send(Channel, String),
    /// Asks for a keyframe; needless over WebSocket, which loses nothing.
    RequestKey,
    /// Says goodbye.
    Close,
}

/// A running session. Dropping it ends the session without a word, as a killed browser would.
pub struct Receiver {
    seen: mpsc::Receiver<Seen>,
    acts: mpsc::Sender<Act>,
    task: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    /// Starts `task` with its ends of both queues.
    pub(crate) fn start<F>(task: impl FnOnce(mpsc::Sender<Seen>, mpsc::Receiver<Act>) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (seen_in, seen) = mpsc::channel(SEEN);
        let (acts, acts_out) = mpsc::channel(ACTS);
        Self { seen, acts, task: tokio::spawn(task(seen_in, acts_out)) }
    }

    /// The next thing seen; `None` after the end. Can be cancelled without loss.
    pub async fn next(&mut self) -> Option<Seen> {
        self.seen.recv().await
    }

    /// Does something; ends silently with the session.
    pub async fn act(&self, act: Act) {
        drop(self.acts.send(act).await);
    }
}
