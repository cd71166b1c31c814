//! All peers of this server, from outside: accept an offer, send a text, close.
//!
//! Holds the handles of the peer tasks and nothing of their state. No method waits for a peer.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use super::channel::Channel;
use super::connection::{Connection, ConnectionError, Identity};
use super::demux::{self, Change, Losses};
use super::event::{CloseReason, PeerEvent, PeerId};
use super::line;
use super::link::{Link, Place, Resource, Seat, SendError};
use super::offer::{self, OfferError};
use super::peer::{Inputs, Order, Outputs, Peer};
use super::secret;
use super::socket::Socket;
use super::stream::{Feed, Stream};

/// Orders for one peer that wait at most; whoever gives one waits beyond it.
const ORDERS: usize = 4;
/// TCP connections for media at a time; one more is closed.
const LINES: usize = 512;
/// Clients that got an answer and have not come yet; one more takes the place of the one that has waited longest. They
/// take no viewer's place, so that offers alone keep nobody out.
const ABSENT_MAX: usize = 256;
/// How long [`Endpoint::shutdown`] waits for peers to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// What the endpoint needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// Addresses under which clients reach the socket, most preferred first ([`super::announced`]).
    pub announce: Vec<IpAddr>,
    /// Peers at most that have come; one more is told to come back.
    pub max_peers: usize,
    /// All that is ever sent to one of them for long, in bits a second.
    pub most_bps: u32,
}

/// Why an offer got no answer.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// The offer's fault.
    #[error(transparent)]
    Offer(#[from] OfferError),
    /// As many peers as there may be.
    #[error("all {0} places for viewers are taken; try again later")]
    Full(usize),
    /// The server stops.
    #[error("the server stops")]
    Stopping,
    /// This side's fault.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
}

/// An answered offer.
#[derive(Debug)]
pub struct Accepted {
    /// The new peer.
    pub peer: PeerId,
    /// Its unguessable name in URLs.
    pub resource: String,
    /// Changes with each ICE restart.
    pub etag: String,
    /// The SDP answer, candidates included.
    pub answer: String,
}

/// What an ICE restart gives the client.
#[derive(Debug)]
pub struct Restarted {
    /// The server's new user fragment.
    pub ufrag: String,
    /// The server's new password.
    pub password: String,
    /// The session's new tag.
    pub etag: String,
}

#[derive(Default)]
struct Links {
    by_peer: HashMap<PeerId, Link>,
    by_resource: HashMap<String, PeerId>,
    last_id: u64,
    is_stopping: bool,
}

impl Links {
    /// Of those who have not come yet, the one who has waited longest, if they are too many.
    fn surplus(&self) -> Option<PeerId> {
        let absent = || self.by_peer.iter().filter(|(_, link)| !link.is_here()).map(|(peer, _)| *peer);
        if absent().count() >= ABSENT_MAX { absent().min() } else { None }
    }

    fn remove(&mut self, peer: PeerId) -> Option<Link> {
        let link = self.by_peer.remove(&peer)?;
        if let Some(resource) = &link.resource {
            self.by_resource.remove(&resource.name);
        }
        Some(link)
    }
}

struct Inner {
    config: Config,
    identity: Identity,
    socket: Arc<Socket>,
    routes: mpsc::Sender<Change>,
    losses: Arc<Losses>,
    feed: Feed,
    events: mpsc::Sender<PeerEvent>,
    links: Mutex<Links>,
    count: watch::Sender<usize>,
    lines: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

/// All peers; cheap to clone.
#[derive(Clone)]
pub struct Endpoint(Arc<Inner>);

impl Endpoint {
    /// Starts to listen on `udp`. Call it within a tokio runtime. Peers read `feed` unless they are given another one,
    /// and tell `events`, whose capacity bounds how far the hub may be behind.
    ///
    /// # Errors
    /// The socket is not bound, or there is no certificate.
    pub fn new(
        config: Config,
        udp: UdpSocket,
        feed: Feed,
        events: mpsc::Sender<PeerEvent>,
    ) -> io::Result<Self> {
        let socket = Arc::new(Socket::new(udp)?);
        let identity = Identity::generate().map_err(io::Error::other)?;
        let (routes, changes) = mpsc::channel(demux::CHANGES);
        let losses = Arc::new(Losses::default());
        tokio::spawn(demux::run(socket.clone(), changes, losses.clone()));
        let (count, _) = watch::channel(0);
        Ok(Self(Arc::new(Inner {
            identity,
            socket,
            routes,
            losses,
            feed,
            events,
            links: Mutex::default(),
            count,
            lines: Arc::new(Semaphore::new(LINES)),
            places: Arc::new(Semaphore::new(config.max_peers)),
            config,
        })))
    }

    /// Answers an offer and starts its peer.
    ///
    /// # Errors
    /// [`AcceptError`]; nothing is left behind.
    pub async fn accept(&self, offer: String) -> Result<Accepted, AcceptError> {
        self.check_room()?;
        let (resource, etag) = names()?;
        let (identity, port) = (self.0.identity.clone(), self.0.socket.local().port());
        let most_bps = f64::from(self.0.config.most_bps);
        // In a task of its own: should the stack panic over an offer, then only that offer suffers.
        let built =
            tokio::spawn(
                async move { Connection::answer(Instant::now(), &identity, port, most_bps, &offer) },
            )
            .await;
        let (connection, answer) = built.map_err(|error| OfferError::Malformed(error.to_string()))??;
        let answer = offer::with_candidates(&answer, &self.addresses());
        let has_data = connection.wish().data;

        let (inbox_in, inbox) = mpsc::channel(demux::INBOX);
        let (orders_in, orders) = mpsc::channel(ORDERS);
        let whep = Resource { name: resource.clone(), etag: etag.clone(), orders: orders_in };
        let (link, seat, place) = self.link(has_data, Some(whep));
        let peer = self.enter(link)?;
        let add = Change::Add { peer, ufrag: connection.ufrag().to_owned(), inbox: inbox_in };
        // The demultiplexer never waits for long; it ends only with the socket.
        drop(self.0.routes.send(add).await);
        let inputs = Inputs { inbox, seat, orders };
        self.start(peer, connection, inputs, place);
        Ok(Accepted { peer, resource, etag, answer })
    }

    /// Takes over a TCP connection from `from` that begins like media. It finds its peer by itself.
    pub fn take_line(&self, stream: TcpStream, from: SocketAddr) {
        let Ok(seat) = self.0.lines.clone().try_acquire_owned() else {
            tracing::warn!(%from, lines = LINES, "too many TCP connections for media, one more is closed");
            return;
        };
        let from = SocketAddr::new(from.ip().to_canonical(), from.port());
        let routes = self.0.routes.clone();
        tokio::spawn(async move {
            line::run(stream, from, routes).await;
            drop(seat);
        });
    }

    fn start(&self, peer: PeerId, connection: Connection, inputs: Inputs, place: Place) {
        let outputs = Outputs {
            socket: self.0.socket.clone(),
            routes: self.0.routes.clone(),
            events: self.0.events.clone(),
        };
        let most_bps = self.0.config.most_bps.into();
        let task = Peer::new(peer, connection, outputs, place, most_bps, Instant::now());
        let endpoint = self.clone();
        tokio::spawn(async move {
            let reason = match tokio::spawn(task.run(inputs)).await {
                Ok(reason) => reason,
                Err(failure) => CloseReason::Failed(failure.to_string()),
            };
            endpoint.leave(peer, reason).await;
        });
    }

    /// Both ends for a viewer that has not come yet.
    pub(super) fn link(&self, has_data: bool, resource: Option<Resource>) -> (Link, Seat, Place) {
        Link::new(has_data, resource, self.0.feed.clone(), self.0.places.clone())
    }

    /// Enters the peer's link under a new id; the caller is told if the server stops.
    pub(super) fn enter(&self, link: Link) -> Result<PeerId, AcceptError> {
        let mut links = self.links();
        if links.is_stopping {
            return Err(AcceptError::Stopping);
        }
        if let Some(absent) = links.surplus() {
            links.remove(absent).inspect(|link| link.end(CloseReason::Displaced));
        }
        links.last_id += 1;
        let peer = PeerId(links.last_id);
        if let Some(resource) = &link.resource {
            links.by_resource.insert(resource.name.clone(), peer);
        }
        links.by_peer.insert(peer, link);
        self.0.count.send_replace(links.by_peer.len());
        Ok(peer)
    }

    /// Forgets a peer that has ended, and tells the hub.
    pub(super) async fn leave(&self, peer: PeerId, reason: CloseReason) {
        tracing::debug!(%peer, %reason, "peer ended");
        drop(self.0.routes.send(Change::Remove { peer }).await);
        {
            let mut links = self.links();
            drop(links.remove(peer));
            self.0.count.send_replace(links.by_peer.len());
        }
        // The hub may be gone already.
        drop(self.0.events.send(PeerEvent::Closed { peer, reason }).await);
    }

    /// Whether one more may come.
    pub(super) fn check_room(&self) -> Result<(), AcceptError> {
        if self.links().is_stopping {
            return Err(AcceptError::Stopping);
        }
        if self.0.places.available_permits() == 0 {
            return Err(AcceptError::Full(self.0.config.max_peers));
        }
        Ok(())
    }

    /// Sends a text without waiting. On `motion` only the newest counts: one that was not sent yet is replaced. On
    /// `control` a full queue closes the peer.
    ///
    /// # Errors
    /// [`SendError`]: nobody will read it.
    pub fn send(&self, peer: PeerId, channel: Channel, text: impl Into<Arc<str>>) -> Result<(), SendError> {
        let links = self.links();
        links.by_peer.get(&peer).ok_or(SendError::Gone)?.send(channel, text.into())
    }

    /// Which view's pictures a peer that asked for video gets; none while its page is hidden.
    pub fn set_video(&self, peer: PeerId, feed: Option<Feed>) {
        if let Some(link) = self.links().by_peer.get(&peer) {
            link.watch(feed);
        }
    }

    /// Ends a peer; `Closed` follows.
    pub fn close(&self, peer: PeerId) {
        if let Some(link) = self.links().by_peer.get(&peer) {
            link.end(CloseReason::Ended);
        }
    }

    /// Resolves when the peer has ended, or its end has begun.
    pub fn gone(&self, peer: PeerId) -> impl Future<Output = ()> + Send + use<> {
        let ended = self.links().by_peer.get(&peer).map(Link::ended);
        async move {
            if let Some(ended) = ended {
                ended.await;
            }
        }
    }

    /// Peers there are, connected or still connecting.
    #[must_use]
    pub fn len(&self) -> usize {
        self.links().by_peer.len()
    }

    /// Whether there is no peer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Datagrams that fitted no peer, and those that found a full inbox, since the start.
    #[must_use]
    pub fn lost_datagrams(&self) -> [u64; 2] {
        [&self.0.losses.strangers, &self.0.losses.overflows].map(|count| count.load(Ordering::Relaxed))
    }

    /// Access units of the shared view that viewers missed because they were slow, since the start.
    #[must_use]
    pub fn skipped_units(&self) -> u64 {
        self.0.feed.skipped()
    }

    /// Who reads the shared view's stream now.
    #[must_use]
    pub fn feed_readers(&self) -> usize {
        self.0.feed.streams.iter().map(Stream::readers).sum()
    }

    /// Ends all peers, accepts no more, and waits until they have said goodbye, at most a second.
    pub async fn shutdown(&self) {
        {
            let mut links = self.links();
            links.is_stopping = true;
            for link in links.by_peer.values() {
                link.end(CloseReason::Shutdown);
            }
        }
        let mut count = self.0.count.subscribe();
        if tokio::time::timeout(GOODBYE, count.wait_for(|count| *count == 0)).await.is_err() {
            tracing::warn!(peers = self.len(), "some peers did not end in time");
        }
    }

    /// Candidate addresses, most preferred first.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        let port = self.0.socket.local().port();
        self.0.config.announce.iter().map(|ip| SocketAddr::new(*ip, port)).collect()
    }

    /// The peer behind an unguessable name, and its tag.
    #[must_use]
    pub fn find(&self, resource: &str) -> Option<(PeerId, String)> {
        let links = self.links();
        let peer = *links.by_resource.get(resource)?;
        Some((peer, links.by_peer.get(&peer)?.resource.as_ref()?.etag.clone()))
    }

    /// Takes the client's new ICE credentials.
    ///
    /// # Errors
    /// The peer is gone, or the stack refused.
    pub async fn restart_ice(
        &self,
        peer: PeerId,
        ufrag: String,
        password: String,
    ) -> Result<Restarted, ConnectionError> {
        let gone = || ConnectionError::new("the session is gone");
        let orders = self.with_resource(peer, |resource| resource.orders.clone()).ok_or_else(gone)?;
        let (reply, answer) = oneshot::channel();
        orders.send(Order::RestartIce { ufrag, password, reply }).await.map_err(|_| gone())?;
        let (ufrag, password) = answer.await.map_err(|_| gone())??;
        let (_, etag) = names()?;
        self.with_resource(peer, |resource| resource.etag.clone_from(&etag));
        Ok(Restarted { ufrag, password, etag })
    }

    fn with_resource<T>(&self, peer: PeerId, look: impl FnOnce(&mut Resource) -> T) -> Option<T> {
        self.links().by_peer.get_mut(&peer)?.resource.as_mut().map(look)
    }

    /// Where the hub hears of peers.
    pub(super) fn events(&self) -> &mpsc::Sender<PeerEvent> {
        &self.0.events
    }

    fn links(&self) -> MutexGuard<'_, Links> {
        self.0.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn names() -> Result<(String, String), ConnectionError> {
    Ok((secret::name()?, secret::name()?))
}
