//! Which datagram is for which peer.
//!
//! Binding requests find their peer by the user fragment in USERNAME. Everything else finds it by the remote address,
//! which the peer announces once the ICE agent has found a request from there authentic, so no stranger can take a
//! place in the table. What fits nobody is dropped without an answer. Never waits for a peer: a full inbox loses the
//! datagram. A TCP connection asks once whom it names and then delivers by itself.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::BytesMut;
use tokio::sync::{mpsc, oneshot};

use super::event::PeerId;
use super::line::Line;
use super::remote::Remote;
use super::socket::Socket;
use super::stun;

/// Datagrams that wait for a peer at most; beyond it they are lost and counted.
pub const INBOX: usize = 256;
/// Changes of the table that wait at most; whoever makes one waits beyond it.
pub const CHANGES: usize = 1024;
/// Addresses that one peer has at most; the oldest makes room. Bounds the table.
pub const ADDRESSES_MAX: usize = 8;
/// User fragments that one peer has: the current one, and the one before an ICE restart.
const UFRAGS_MAX: usize = 2;
/// Datagrams are shorter than this, in bytes; the stack's own are below 1500.
pub const DATAGRAM_MAX: usize = 2048;
/// Datagrams read before other tasks get their turn.
const BATCH: usize = 64;

/// A datagram and its sender.
#[derive(Debug)]
pub struct Datagram {
    /// By which way.
    pub from: Remote,
    /// As it came.
    pub bytes: BytesMut,
    /// The TCP connection that it came by.
    pub line: Option<Line>,
}

/// A change of the table.
pub enum Change {
    /// A new peer.
    Add {
        /// Whose.
        peer: PeerId,
        /// By which its binding requests are known.
        ufrag: String,
        /// Where its datagrams go.
        inbox: mpsc::Sender<Datagram>,
    },
    /// A further user fragment, after an ICE restart.
    Ufrag {
        /// Whose.
        peer: PeerId,
        /// The new one.
        ufrag: String,
    },
    /// The peer is reached at this address too.
    Address {
        /// Whose.
        peer: PeerId,
        /// Where.
        address: SocketAddr,
    },
    /// No change: who is it that a TCP connection names?
    Find {
        /// From its first binding request.
        ufrag: String,
        /// Gets that peer's inbox.
        reply: oneshot::Sender<Option<mpsc::Sender<Datagram>>>,
    },
    /// The peer is gone.
    Remove {
        /// Who.
        peer: PeerId,
    },
}

/// What happened to datagrams that reached nobody.
#[derive(Debug, Default)]
pub struct Losses {
    /// Fitted no peer.
    pub strangers: AtomicU64,
    /// Found a full inbox.
    pub overflows: AtomicU64,
}

struct Entry {
    inbox: mpsc::Sender<Datagram>,
    ufrags: VecDeque<String>,
    addresses: VecDeque<SocketAddr>,
}

#[derive(Default)]
struct Routes {
    peers: HashMap<PeerId, Entry>,
    by_ufrag: HashMap<String, PeerId>,
    by_address: HashMap<SocketAddr, PeerId>,
}

impl Routes {
    fn apply(&mut self, change: Change) {
        match change {
            Change::Add { peer, ufrag, inbox } => {
                self.peers.insert(peer, Entry { inbox, ufrags: VecDeque::new(), addresses: VecDeque::new() });
                self.add_ufrag(peer, ufrag);
            }
            Change::Ufrag { peer, ufrag } => self.add_ufrag(peer, ufrag),
            Change::Address { peer, address } => self.add_address(peer, address),
            Change::Find { ufrag, reply } => {
                let found = self.by_ufrag.get(&ufrag).and_then(|peer| self.peers.get(peer));
                // Whoever asked may have hung up.
                drop(reply.send(found.map(|entry| entry.inbox.clone())));
            }
            Change::Remove { peer } => self.remove(peer),
        }
    }

    fn add_ufrag(&mut self, peer: PeerId, ufrag: String) {
        let Some(entry) = self.peers.get_mut(&peer) else { return };
        if entry.ufrags.len() == UFRAGS_MAX
            && let Some(oldest) = entry.ufrags.pop_front()
        {
            self.by_ufrag.remove(&oldest);
        }
        entry.ufrags.push_back(ufrag.clone());
        self.by_ufrag.insert(ufrag, peer);
    }

    fn add_address(&mut self, peer: PeerId, address: SocketAddr) {
        let Some(entry) = self.peers.get_mut(&peer) else { return };
        if !entry.addresses.contains(&address) {
            if entry.addresses.len() == ADDRESSES_MAX
                && let Some(oldest) = entry.addresses.pop_front()
                && self.by_address.get(&oldest) == Some(&peer)
            {
                self.by_address.remove(&oldest);
            }
            entry.addresses.push_back(address);
        }
        self.by_address.insert(address, peer);
    }

    fn remove(&mut self, peer: PeerId) {
        let Some(entry) = self.peers.remove(&peer) else { return };
        for ufrag in entry.ufrags {
            self.by_ufrag.remove(&ufrag);
        }
        self.by_address.retain(|_, owner| *owner != peer);
    }

    fn find(&self, from: SocketAddr, datagram: &[u8]) -> Option<&mpsc::Sender<Datagram>> {
        let peer = match stun::binding_request(datagram) {
            Some(request) => self.by_ufrag.get(request.ufrag),
            None => self.by_address.get(&from),
        }?;
        self.peers.get(peer).map(|entry| &entry.inbox)
    }
}

/// Reads the socket until nobody can change the table any more.
pub async fn run(socket: Arc<Socket>, mut changes: mpsc::Receiver<Change>, losses: Arc<Losses>) {
    let mut routes = Routes::default();
    let mut buffer = vec![0; DATAGRAM_MAX];
    loop {
        tokio::select! {
            biased;
            change = changes.recv() => match change {
                Some(change) => routes.apply(change),
                None => return,
            },
            ready = socket.readable() => {
                if let Err(error) = ready {
                    tracing::error!(%error, "the UDP socket is lost, no viewer can be reached");
                    return;
                }
                for _ in 0..BATCH {
                    // An error is either an empty queue or an old datagram's that never arrived.
                    let Ok((len, from)) = socket.try_recv(&mut buffer) else { break };
                    // A peer announces an address before it sends anything there, so the change is in the queue by now.
                    while let Ok(change) = changes.try_recv() {
                        routes.apply(change);
                    }
                    deliver(&routes, from, &buffer[..len], &losses);
                }
            }
        }
    }
}

fn deliver(routes: &Routes, from: SocketAddr, datagram: &[u8], losses: &Losses) {
    let inbox = if datagram.len() < DATAGRAM_MAX { routes.find(from, datagram) } else { None };
    match inbox {
        None => losses.strangers.fetch_add(1, Ordering::Relaxed),
        Some(inbox) => match inbox.try_send(Datagram {
            from: Remote::udp(from),
            bytes: BytesMut::from(datagram),
            line: None,
        }) {
            Ok(()) => 0,
            Err(_) => losses.overflows.fetch_add(1, Ordering::Relaxed),
        },
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEDIA: &[u8] = &[0x80, 0, 0, 0];

    fn request(ufrag: &str) -> Vec<u8> {
        let name = format!("{ufrag}:them");
        let padded = name.len().next_multiple_of(4);
        let mut out = vec![0, 1];
        out.extend((4 + padded as u16).to_be_bytes());
        out.extend([0x21, 0x12, 0xa4, 0x42]);
        out.extend([0; 12]);
        out.extend([0, 6]);
        out.extend((name.len() as u16).to_be_bytes());
        out.extend(name.as_bytes());
        out.resize(20 + 4 + padded, 0);
        out
    }

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([10, 0, 0, 1], port))
    }

    fn peer(routes: &mut Routes, id: u64, ufrag: &str) -> mpsc::Receiver<Datagram> {
        let (inbox, outbox) = mpsc::channel(INBOX);
        routes.apply(Change::Add { peer: PeerId(id), ufrag: ufrag.to_owned(), inbox });
        outbox
    }

    #[test]
    fn requests_go_by_ufrag_and_the_rest_by_announced_address() {
        let mut routes = Routes::default();
        let losses = Losses::default();
        let mut one = peer(&mut routes, 1, "one");
        let mut two = peer(&mut routes, 2, "two");
        deliver(&routes, address(5), MEDIA, &losses);
        deliver(&routes, address(5), &request("nobody"), &losses);
        assert_eq!(losses.strangers.load(Ordering::Relaxed), 2);
        deliver(&routes, address(5), &request("two"), &losses);
        assert_eq!(two.try_recv().expect("by ufrag").from, Remote::udp(address(5)));
        routes.apply(Change::Address { peer: PeerId(1), address: address(5) });
        deliver(&routes, address(5), MEDIA, &losses);
        assert_eq!(&one.try_recv().expect("by address").bytes[..], MEDIA);
        assert!(two.try_recv().is_err());
    }

    #[test]
    fn the_table_is_bounded_and_a_removed_peer_leaves_nothing() {
        let mut routes = Routes::default();
        let _outbox = peer(&mut routes, 1, "first");
        for port in 0..1000 {
            routes.apply(Change::Address { peer: PeerId(1), address: address(port) });
            routes.apply(Change::Ufrag { peer: PeerId(1), ufrag: format!("u{port}") });
        }
        assert_eq!(routes.by_address.len(), ADDRESSES_MAX);
        assert_eq!(routes.by_ufrag.len(), UFRAGS_MAX);
        assert!(routes.find(address(999), MEDIA).is_some());
        routes.apply(Change::Remove { peer: PeerId(1) });
        assert!(routes.peers.is_empty() && routes.by_address.is_empty() && routes.by_ufrag.is_empty());
        routes.apply(Change::Address { peer: PeerId(1), address: address(1) });
        assert!(routes.by_address.is_empty(), "the dead announce nothing");
    }

    #[test]
    fn a_full_inbox_loses_datagrams_and_counts_them() {
        let mut routes = Routes::default();
        let losses = Losses::default();
        let _outbox = peer(&mut routes, 1, "one");
        for _ in 0..INBOX + 3 {
            deliver(&routes, address(1), &request("one"), &losses);
        }
        assert_eq!(losses.overflows.load(Ordering::Relaxed), 3);
    }
}
