//! The whole client: from an address to pictures and messages, by whatever transport works.
//!
//! [`connect`] returns at once; everything that happens, failures too, comes as an [`Event`]. One task carries events to
//! their reader and waits for it: a program that does not read is a slow viewer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use telestage_protocol::parts::{Arrival, Joiner};
use telestage_protocol::{ClientMessage, Envelope, Hello, PROTOCOL_VERSION, ServerMessage};
use tokio::sync::{Notify, mpsc};
use tokio::time::{sleep_until, timeout, timeout_at};

use crate::door::{self, Entered};
use crate::error::ConnectError;
use crate::event::{Ending, Event, Hop};
use crate::handle::{Events, Handle};
use crate::options::{Options, Transport};
use crate::reach::{reach, resolve};
use crate::session::{ACTS, Act, Channel, Receiver, SEEN, Seen};

/// How long packets may take to pass in both directions before the next transport is tried.
const PATH_PATIENCE: Duration = Duration::from_millis(2500);
/// How long connecting may take in all by one transport, once there is a path or no other transport is left.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
/// How long a greeting may stay without its answer.
const WELCOME_PATIENCE: Duration = Duration::from_secs(10);
/// How long a goodbye may take.
const FAREWELL_PATIENCE: Duration = Duration::from_secs(1);

/// Begins to connect. Must be called within a tokio runtime.
#[must_use]
pub fn connect(options: Options) -> (Handle, Events) {
    let (events_in, events) = mpsc::channel(SEEN);
    let (acts, acts_out) = mpsc::channel(ACTS);
    let leave = Arc::new(Notify::new());
    let client = Client { options, events: events_in, start: Instant::now(), leave: leave.clone() };
    (Handle::new(acts, leave), Events::new(events, tokio::spawn(client.run(acts_out))))
}

struct Client {
    options: Options,
    events: mpsc::Sender<Event>,
    start: Instant,
    leave: Arc<Notify>,
}

/// What has been reached of a running session.
struct Progress {
    is_welcome: bool,
    has_unit: bool,
    /// When the welcome is overdue.
    overdue: Option<Instant>,
    /// Parts of long messages.
    joiner: Joiner,
}

impl Client {
    async fn run(self, acts: mpsc::Receiver<Act>) {
        let connected = tokio::select! {
            connected = self.connect() => connected.map_err(Ending::NotConnected),
            () = self.leave.notified() => Err(Ending::Left),
        };
        let ending = match connected {
            Ok((entered, transport)) => self.relay(entered.receiver, transport, acts).await,
            Err(ending) => ending,
        };
        self.tell(Event::Ended(ending)).await;
    }

    /// Whoever stops reading drops [`Events`], and this task with it.
    async fn tell(&self, event: Event) {
        drop(self.events.send(event).await);
    }

    async fn hop(&self, hop: Hop) {
        self.tell(Event::Hop(hop, self.start.elapsed())).await;
    }

    async fn connect(&self) -> Result<(Entered, Transport), ConnectError> {
        let addresses = resolve(&self.options.address).await?;
        self.hop(Hop::Resolved(addresses.clone())).await;
        let stream = reach(&addresses).await?;
        let server = stream.peer_addr().map_err(|error| ConnectError::Local(error.to_string()))?;
        self.hop(Hop::Reached(server)).await;
        let mut first = Some(stream);
        let mut tried = Vec::new();
        let transports = self.options.transport.transports();
        for (index, &transport) in transports.iter().enumerate() {
            self.hop(Hop::Trying(transport)).await;
            tried.push(transport);
            let is_last = index + 1 == transports.len();
            let entered = match door::enter(&self.options, transport, first.take(), server).await {
                Ok(entered) => entered,
                Err(ConnectError::NoPath { .. }) => continue,
                // What was refused is the last resort; the trouble is that the others do not get through.
                Err(ConnectError::Rejected { .. } | ConnectError::NotTelestage { .. }) if index > 0 => {
                    continue;
                }
                Err(error) => return Err(error),
            };
            self.hop(Hop::Answered).await;
            match self.wait_for_path(entered, is_last).await {
                Ok(entered) => {
                    self.hop(Hop::Connected(transport)).await;
                    return Ok((entered, transport));
                }
                Err(entered) => entered.leave().await,
            }
        }
        Err(ConnectError::NoPath { address: server, tried })
    }

    /// Until the session is connected; gives it back in vain.
    async fn wait_for_path(&self, mut entered: Entered, is_last: bool) -> Result<Entered, Entered> {
        let begin = Instant::now();
        let latest = begin + CONNECT_PATIENCE;
        let mut deadline = if is_last { latest } else { begin + PATH_PATIENCE };
        loop {
            match timeout_at(deadline.into(), entered.receiver.next()).await {
                Ok(Some(Seen::PathFound(pair))) => {
                    deadline = latest;
                    self.hop(Hop::PathFound(pair)).await;
                }
                Ok(Some(Seen::Connected)) => return Ok(entered),
                Ok(Some(Seen::Closed | Seen::Lost) | None) | Err(_) => return Err(entered),
                // Nothing else comes before the connection.
                Ok(Some(Seen::ChannelOpen(_) | Seen::Text(..) | Seen::Unit(_) | Seen::Strange(_))) => {}
            }
        }
    }

    async fn relay(
        &self,
        mut receiver: Receiver,
        transport: Transport,
        mut acts: mpsc::Receiver<Act>,
    ) -> Ending {
        let greets = self.options.data || transport == Transport::WebSocket;
        let mut progress = Progress {
            is_welcome: !greets,
            has_unit: false,
            overdue: greets.then(|| Instant::now() + WELCOME_PATIENCE),
            joiner: Joiner::default(),
        };
        let mut is_handled = true;
        loop {
            // Far away where nothing is awaited.
            let overdue = progress.overdue.unwrap_or_else(|| Instant::now() + Duration::from_secs(3600));
            tokio::select! {
                seen = receiver.next() => {
                    let Some(seen) = seen else { return Ending::Closed };
                    if let Some(ending) = self.see(seen, &receiver, &mut progress).await {
                        return ending;
                    }
                }
                act = acts.recv(), if is_handled => match act {
                    Some(act) => receiver.act(act).await,
                    None => is_handled = false,
                },
                () = self.leave.notified() => {
                    let farewell = async {
                        receiver.act(Act::Close).await;
                        while receiver.next().await.is_some() {}
                    };
                    // A server that does not hear it notices later.
                    drop(timeout(FAREWELL_PATIENCE, farewell).await);
                    return Ending::Left;
                }
                () = sleep_until(overdue.into()), if progress.overdue.is_some() => {
                    let address = self.options.address.to_string();
                    return Ending::NotConnected(ConnectError::NoWelcome { address, waited: WELCOME_PATIENCE });
                }
            }
        }
    }

    async fn see(&self, seen: Seen, receiver: &Receiver, progress: &mut Progress) -> Option<Ending> {
        match seen {
            Seen::ChannelOpen(Channel::Control) if !progress.is_welcome => {
                receiver.act(Act::Send(Channel::Control, self.hello())).await;
                self.hop(Hop::Greeted).await;
            }
            Seen::ChannelOpen(Channel::Control | Channel::Motion) | Seen::PathFound(_) | Seen::Connected => {}
            Seen::Text(_, text) => match progress.joiner.push(text) {
                Arrival::Whole(text) => return self.hear(text, progress).await,
                Arrival::Part => {}
                Arrival::Strange(text) => self.tell(Event::Unknown(text)).await,
            },
            Seen::Unit(unit) => {
                if !progress.has_unit {
                    progress.has_unit = true;
                    self.hop(Hop::FirstUnit).await;
                }
                self.tell(Event::Unit(unit)).await;
            }
            Seen::Strange(what) => self.tell(Event::Unknown(what)).await,
            Seen::Closed => return Some(Ending::Closed),
            Seen::Lost => return Some(Ending::Lost),
        }
        None
    }

    async fn hear(&self, text: String, progress: &mut Progress) -> Option<Ending> {
        match serde_json::from_str::<Envelope<ServerMessage>>(&text) {
            Ok(Envelope { message: ServerMessage::Welcome(welcome), .. }) => {
                progress.is_welcome = true;
                progress.overdue = None;
                self.tell(Event::Welcomed(welcome)).await;
            }
            Ok(Envelope { message: ServerMessage::ViewerError(error), .. }) if !progress.is_welcome => {
                return Some(Ending::NotConnected(ConnectError::from_greeting(error, PROTOCOL_VERSION)));
            }
            Ok(message) => self.tell(Event::Message(message)).await,
            Err(_) => self.tell(Event::Unknown(text)).await,
        }
        None
    }

    fn hello(&self) -> String {
        let hello = Hello {
            protocol: PROTOCOL_VERSION,
            client: self.options.name.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            name: None,
            session: self.options.session.clone(),
        };
        // Text and numbers always become JSON.
        Envelope::unasked(ClientMessage::Hello(hello)).to_json().unwrap_or_default()
    }
}
