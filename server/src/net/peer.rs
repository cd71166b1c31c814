//! One viewer: a task that owns one connection.
//!
//! Waits for whatever comes first, an access unit, a datagram, a text to send, a timer, feeds it to the connection,
//! and sends what comes out. Between `Publisher::publish` and the socket lies one wake of this task, and for large
//! pictures or narrow links the pacer's leave. Everything that waits here is bounded, and a peer that overflows is
//! closed; it never makes the hub, the encode thread or another peer wait.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::channel::Channel;
use super::connection::{Connection, ConnectionError, Event};
use super::demux::{ADDRESSES_MAX, Change, Datagram};
use super::event::{CloseReason, PeerEvent, PeerId};
use super::lines::Lines;
use super::link::{Place, Seat, closed};
use super::path::MediaPath;
use super::remote::{Remote, Via};
use super::rung::Rung;
use super::socket::Socket;
use super::stream::{AccessUnit, Feed, Reader, Stream};

/// A client that has not connected by then never will.
const SETUP: Duration = Duration::from_secs(15);
/// A client that shows no sign of life for so long gets no more video until it does. Browsers check the path every
/// two seconds or so.
const QUIET: Duration = Duration::from_secs(6);
/// And after so long it is lost. Until then an outage of the network heals by itself.
const LOST: Duration = Duration::from_secs(30);
/// The shortest wait for a timer; the stack asks for less, and the loop would spin.
const TICK: Duration = Duration::from_millis(1);
/// Texts for the hub that wait here while its queue is full; one more closes the peer.
const PENDING_MAX: usize = 1024;
/// Bytes that a client has not confirmed, beyond which its channel takes no more for now. Little for `motion`: the
/// stack sends reliably on every channel that the client opened, and what waits there is stale.
const UNCONFIRMED_MAX: [usize; 2] = [1 << 20, 8 << 10];
/// Share of a narrow link that news about pictures may take, what each costs beyond its bytes, and the longest time
/// between two in seconds.
const MOTION_SHARE: f64 = 0.05;
const MOTION_OVERHEAD: usize = 130;
const MOTION_PAUSE_MAX: f64 = 0.5;
/// Datagrams handled before the answers are sent.
const BATCH: usize = 32;

/// What a peer is asked to do.
pub enum Order {
    /// Use the client's new ICE credentials, if they are new, and say the server's.
    RestartIce {
        /// The client's user fragment.
        ufrag: String,
        /// The client's password.
        password: String,
        /// Gets the server's user fragment and password.
        reply: oneshot::Sender<Result<(String, String), ConnectionError>>,
    },
}

/// Everything that a peer listens to.
pub struct Inputs {
    /// From the network.
    pub inbox: mpsc::Receiver<Datagram>,
    /// From the hub.
    pub seat: Seat,
    /// From HTTP.
    pub orders: mpsc::Receiver<Order>,
}

/// Where a peer's output goes.
pub struct Outputs {
    /// All datagrams.
    pub socket: Arc<Socket>,
    /// Announcements of addresses.
    pub routes: mpsc::Sender<Change>,
    /// The hub.
    pub events: mpsc::Sender<PeerEvent>,
}

/// The state of one peer.
pub struct Peer {
    id: PeerId,
    connection: Connection,
    path: MediaPath,
    outputs: Outputs,
    /// What it is to see; nothing while nobody looks.
    feed: Option<Feed>,
    rung: Rung,
    /// What a stream takes at most, in bits a second.
    most_bps: f64,
    reader: Option<Reader>,
    /// Events that the hub's queue had no room for.
    pending: VecDeque<PeerEvent>,
    announced: VecDeque<SocketAddr>,
    lines: Lines,
    /// No news about pictures before then: they have a small share of a narrow link.
    motion_due: Instant,
    /// Where media went last.
    sent_to: Option<Remote>,
    place: Place,
    /// The client has shown itself by a request that only it can have sent.
    is_here: bool,
    is_connected: bool,
    started_at: Instant,
    /// Of the newest sign that only the client can have given.
    alive_at: Instant,
}

impl Peer {
    /// A peer whose answer is on its way.
    pub fn new(
        id: PeerId,
        connection: Connection,
        outputs: Outputs,
        place: Place,
        most_bps: f64,
        now: Instant,
    ) -> Self {
        Self {
            id,
            connection,
            path: MediaPath::default(),
            outputs,
            feed: None,
            rung: Rung::default(),
            most_bps,
            reader: None,
            pending: VecDeque::new(),
            announced: VecDeque::new(),
            lines: Lines::default(),
            motion_due: now,
            sent_to: None,
            place,
            is_here: false,
            is_connected: false,
            started_at: now,
            alive_at: now,
        }
    }

    /// Runs until the peer ends, and says why. The hub has heard everything but the end.
    pub async fn run(mut self, mut inputs: Inputs) -> CloseReason {
        let timer = tokio::time::sleep(Duration::ZERO);
        tokio::pin!(timer);
        let events = self.outputs.events.clone();
        inputs.seat.video.mark_changed();
        let reason = loop {
            if let Err(reason) = self.settle().await {
                break reason;
            }
            if self.is_here && !self.place.take() {
                break CloseReason::Full;
            }
            let now = Instant::now();
            let (takes_control, takes_motion) =
                (self.takes(Channel::Control), self.motion_due <= now && self.takes(Channel::Motion));
            let mut deadline = self.deadline(now);
            if self.motion_due > now && inputs.seat.motion.has_changed().unwrap_or(false) {
                deadline = deadline.min(self.motion_due);
            }
            let deadline = deadline.into();
            if timer.deadline() != deadline {
                timer.as_mut().reset(deadline);
            }
            let caught_up = self.lines.caught_up(self.path.chosen());
            tokio::select! {
                biased;
                reason = closed(&mut inputs.seat.close) => break reason,
                unit = next_unit(&mut self.reader) => match unit {
                    Some(unit) => self.send_unit(Instant::now(), &unit),
                    // The view has ended; which one comes instead is on its way.
                    None => (self.feed, self.reader) = (None, None),
                },
                Some(order) = inputs.orders.recv() => self.obey(order).await,
                Ok(()) = inputs.seat.video.changed() => {
                    let feed = inputs.seat.video.borrow_and_update().clone();
                    if let Err(reason) = self.watch(feed) {
                        break reason;
                    }
                }
                Ok(()) = inputs.seat.motion.changed(), if takes_motion => {
                    let newest = inputs.seat.motion.borrow_and_update().clone();
                    if let Some(text) = newest {
                        self.send_text(Channel::Motion, &text);
                        self.motion_due = now + self.motion_pause(text.len());
                    }
                }
                Some(text) = inputs.seat.control.recv(), if takes_control => self.send_text(Channel::Control, &text),
                permit = events.reserve(), if !self.pending.is_empty() => {
                    let Ok(permit) = permit else { break CloseReason::Shutdown };
                    if let Some(event) = self.pending.pop_front() {
                        permit.send(event);
                    }
                }
                datagram = inputs.inbox.recv() => {
                    let Some(first) = datagram else { break CloseReason::Shutdown };
                    self.receive(first);
                    for _ in 1..BATCH {
                        let Ok(next) = inputs.inbox.try_recv() else { break };
                        self.receive(next);
                    }
                }
                () = caught_up => self.resume(),
                () = &mut timer => {}
            }
        };
        self.reader = None;
        // What was said before the end, such as that it comes, goes first.
        while self.takes(Channel::Control)
            && let Ok(text) = inputs.seat.control.try_recv()
        {
            self.send_text(Channel::Control, &text);
        }
        self.flush().await;
        self.connection.close();
        self.flush().await;
        reason
    }

    /// Sends what waits, tells what happened, until nothing is left to do.
    async fn settle(&mut self) -> Result<(), CloseReason> {
        loop {
            self.flush().await;
            let Some(event) = self.connection.poll_event() else { break };
            self.handle(event)?;
        }
        let now = Instant::now();
        // However busy the inbox is, timers run.
        if self.connection.deadline(now).is_some_and(|due| due <= now) {
            self.connection.handle_timeout(now);
            self.flush().await;
        }
        self.follow_link(now)?;
        self.check_life(now)
    }

    async fn flush(&mut self) {
        while let Some((to, datagram)) = self.connection.poll_datagram() {
            let out = self.path.outbound(&datagram, to);
            if out.is_answer {
                self.alive_at = Instant::now();
                self.is_here = true;
            }
            match out.to.via {
                Via::Udp => {
                    if out.is_known {
                        self.announce(out.to.address).await;
                    }
                    self.outputs.socket.send(&datagram, out.to.address).await;
                }
                Via::Tcp => self.lines.send(out.to.address, datagram),
            }
        }
    }

    /// Sends a picture, unless those before it still wait: then it would only come later than they.
    fn send_unit(&mut self, now: Instant, unit: &AccessUnit) {
        let line_is_behind = self.lines.is_behind(self.path.chosen(), now);
        if line_is_behind {
            self.connection.fell_behind(now);
        }
        if !line_is_behind && !self.connection.is_behind(now) {
            self.connection.send_unit(now, unit);
        } else if let Some(reader) = &mut self.reader {
            reader.pass_over();
        }
    }

    /// Tells the encoder what the link carries, and asks for a keyframe when it can go on after pictures were left out.
    fn follow_link(&mut self, now: Instant) -> Result<(), CloseReason> {
        let figures = self.connection.figures();
        if figures.is_some_and(|figures| figures.is_silent) {
            self.path.follow();
        }
        let chosen = self.path.chosen();
        if self.sent_to != chosen {
            self.sent_to = chosen;
            self.connection.forget_way();
        }
        if self.connection.caught_up(now) {
            self.request_key(now);
        }
        let limit_bps = self.connection.figures().and_then(|figures| figures.limit_bps);
        if let Some(reader) = &self.reader {
            reader.bound(limit_bps);
        }
        self.choose_rendition(now, limit_bps)
    }

    /// What waited is sent: goes on with a keyframe.
    fn resume(&mut self) {
        self.lines.resume();
        self.request_key(Instant::now());
    }

    /// Asks for a keyframe, unless it would be left out too: then it is asked for when it can be sent.
    fn request_key(&mut self, now: Instant) {
        if let Some(reader) = &self.reader
            && !self.lines.is_behind(self.path.chosen(), now)
            && !self.connection.is_behind(now)
        {
            reader.request_key();
        }
    }

    /// How long the link is left to pictures after news of `bytes` about them.
    fn motion_pause(&mut self, bytes: usize) -> Duration {
        let limit = self.connection.figures().and_then(|figures| figures.limit_bps);
        let secs = |bps: f64| (bytes + MOTION_OVERHEAD) as f64 * 8.0 / (MOTION_SHARE * bps);
        limit.map_or(Duration::ZERO, |bps| Duration::from_secs_f64(secs(bps).min(MOTION_PAUSE_MAX)))
    }

    /// Makes the demultiplexer know an address before the client hears that it may use it.
    async fn announce(&mut self, address: SocketAddr) {
        if self.announced.contains(&address) {
            return;
        }
        if self.announced.len() == ADDRESSES_MAX {
            self.announced.pop_front();
        }
        self.announced.push_back(address);
        // The demultiplexer never waits for a peer, so this ends; if it is gone, so is the server.
        drop(self.outputs.routes.send(Change::Address { peer: self.id, address }).await);
    }

    fn receive(&mut self, datagram: Datagram) {
        if let Some(line) = datagram.line {
            self.lines.learn(datagram.from.address, line);
        }
        self.path.inbound(&datagram.bytes, datagram.from);
        self.connection.handle_datagram(Instant::now(), datagram.from, datagram.bytes);
    }

    fn handle(&mut self, event: Event) -> Result<(), CloseReason> {
        match event {
            Event::Connected => {
                if !self.is_connected {
                    self.is_connected = true;
                    self.tell(PeerEvent::Opened { peer: self.id, has_data: self.connection.wish().data })?;
                }
            }
            Event::Closed => return Err(CloseReason::Gone),
            Event::ChannelOpen(channel) => self.tell(PeerEvent::ChannelOpen { peer: self.id, channel })?,
            Event::Message(Channel::Motion, text) => {
                // What is stale when it is late is lost when the hub is busy: totals come again.
                drop(self.outputs.events.try_send(PeerEvent::Message {
                    peer: self.id,
                    channel: Channel::Motion,
                    text,
                }));
            }
            Event::Message(Channel::Control, text) => {
                self.tell(PeerEvent::Message { peer: self.id, channel: Channel::Control, text })?;
            }
            Event::Rejected(channel, rejection) => {
                self.tell(PeerEvent::Rejected { peer: self.id, channel, rejection })?;
            }
            Event::Heard => self.alive_at = Instant::now(),
            Event::KeyWanted => {
                self.alive_at = Instant::now();
                self.request_key(self.alive_at);
            }
        }
        Ok(())
    }

    /// Tells the hub, in order; waits here while its queue is full.
    fn tell(&mut self, event: PeerEvent) -> Result<(), CloseReason> {
        let event = if self.pending.is_empty() {
            match self.outputs.events.try_send(event) {
                Ok(()) => return Ok(()),
                Err(mpsc::error::TrySendError::Full(event)) => event,
                Err(mpsc::error::TrySendError::Closed(_)) => return Err(CloseReason::Shutdown),
            }
        } else {
            event
        };
        if self.pending.len() == PENDING_MAX {
            return Err(CloseReason::Flood);
        }
        self.pending.push_back(event);
        Ok(())
    }

    /// Video flows to whoever is there, and to nobody else.
    fn check_life(&mut self, now: Instant) -> Result<(), CloseReason> {
        if !self.is_connected {
            let is_late = now.saturating_duration_since(self.started_at) >= SETUP;
            return if is_late { Err(CloseReason::NeverConnected) } else { Ok(()) };
        }
        let silence = now.saturating_duration_since(self.alive_at);
        // Whose connection is closed and who makes no other one has left: an outage closes none.
        if silence >= LOST || (silence >= QUIET && self.lines.is_cut(self.path.chosen())) {
            return Err(CloseReason::Lost);
        }
        if silence >= QUIET {
            self.reader = None;
        } else if self.reader.is_none() && self.connection.wish().video {
            let stream = self.feed.as_ref().and_then(|feed| feed.streams.get(self.rung.at()));
            self.reader = stream.map(Stream::subscribe);
        }
        Ok(())
    }

    /// Sees another view from its next keyframe on, or nothing.
    fn watch(&mut self, feed: Option<Feed>) -> Result<(), CloseReason> {
        let is_same = match (&self.feed, &feed) {
            (Some(old), Some(new)) => old.view == new.view,
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if is_same {
            return Ok(());
        }
        (self.feed, self.reader) = (feed, None);
        let was_lower = self.rung.at() > 0;
        self.rung.start_over();
        if was_lower { self.tell_rendition() } else { Ok(()) }
    }

    /// Goes to the rendition that its link holds.
    fn choose_rendition(&mut self, now: Instant, limit_bps: Option<f64>) -> Result<(), CloseReason> {
        let Some(feed) = self.feed.as_ref().filter(|feed| feed.streams.len() > 1) else { return Ok(()) };
        let most_bps = self.most_bps;
        let own = limit_bps.map_or(most_bps, |bps| bps.min(most_bps));
        let best_of = |at: usize| feed.streams.get(at)?.best_bps(most_bps);
        if self.reader.is_none() || !self.rung.choose(now, own, feed.streams.len(), best_of) {
            return Ok(());
        }
        tracing::debug!(peer = %self.id, rendition = self.rung.at(), own, "another rendition");
        self.reader = None;
        self.tell_rendition()
    }

    fn tell_rendition(&mut self) -> Result<(), CloseReason> {
        let rendition = u8::try_from(self.rung.at()).unwrap_or(u8::MAX);
        self.tell(PeerEvent::Rendition { peer: self.id, rendition })
    }

    fn deadline(&mut self, now: Instant) -> Instant {
        let own = if !self.is_connected {
            self.started_at + SETUP
        } else if now < self.alive_at + QUIET {
            self.alive_at + QUIET
        } else {
            self.alive_at + LOST
        };
        self.connection.deadline(now).map_or(own, |theirs| theirs.min(own)).max(now + TICK)
    }

    fn takes(&mut self, channel: Channel) -> bool {
        self.connection
            .unconfirmed_bytes(channel)
            .is_some_and(|bytes| bytes < UNCONFIRMED_MAX[channel.index()])
    }

    fn send_text(&mut self, channel: Channel, text: &str) {
        if let Err(error) = self.connection.send_text(Instant::now(), channel, text) {
            tracing::warn!(%error, peer = %self.id, ?channel, bytes = text.len(), "text not sent");
        }
    }

    async fn obey(&mut self, order: Order) {
        match order {
            Order::RestartIce { ufrag, password, reply } => {
                let restarted = self.connection.restart_ice(Instant::now(), &ufrag, &password);
                if restarted.is_ok() {
                    let ufrag = self.connection.ufrag().to_owned();
                    drop(self.outputs.routes.send(Change::Ufrag { peer: self.id, ufrag }).await);
                }
                // Whoever asked may have hung up.
                drop(reply.send(restarted));
            }
        }
    }
}

async fn next_unit(reader: &mut Option<Reader>) -> Option<Arc<AccessUnit>> {
    match reader {
        Some(reader) => reader.next().await,
        None => std::future::pending().await,
    }
}
