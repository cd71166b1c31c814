//! The hub: one task that owns the [`Session`] and carries everything in and out of it.
//!
//! In: what peers say, what workers report, which frames left, what the clock says. Out: the session's outputs, each
//! one call. It never waits for a peer, a worker or the renderer; what takes time runs elsewhere and comes back as input.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use telestage_protocol::{Envelope, ErrorCode, ServerMessage, ViewerError, decode_client};
use telestage_render::{Command, Outcome, View};
use telestage_scene::Scene;
use telestage_session::{
    self as session, ClientId, Found, Health, Input, MarqueeOrder, Output, PickOrder, RecordingEvent,
    SearchOrder, Session, ViewId,
};
use tokio::sync::{mpsc, oneshot, watch};

use crate::asks::Asks;
use crate::desk::{self, Desk, Report};
use crate::look;
use crate::net::{self, Channel, Endpoint, PeerEvent, PeerId};
use crate::pipeline::Mailbox;
use crate::pipeline::encode::FrameSent;
use crate::pipeline::lanes::Lanes;
use crate::pipeline::mailbox::Order;
use crate::record::Recorder;
use crate::shelf::Shelf;

mod shelf;
mod stage;

/// Answers of slow look-ups that wait for the hub.
const ANSWERS: usize = 64;

/// Everything that comes in.
pub struct Inlets {
    /// From WebRTC.
    pub peers: mpsc::Receiver<PeerEvent>,
    /// From scene workers.
    pub reports: mpsc::Receiver<Report>,
    /// From the encode thread.
    pub sent: mpsc::Receiver<FrameSent>,
    /// From the recorder.
    pub recordings: mpsc::Receiver<RecordingEvent>,
    /// From the render thread: the first frame exists.
    pub drawn: oneshot::Receiver<()>,
    /// The server shall stop.
    pub stop: oneshot::Receiver<()>,
}

/// What others may read.
pub struct Outlets {
    /// To the render thread.
    pub mailbox: Mailbox,
    /// The views that are drawn.
    pub lanes: Lanes,
    /// To viewers.
    pub endpoint: Endpoint,
    /// What the session says of itself.
    pub health: watch::Sender<(Health, Duration)>,
    /// Where viewers of the shared view look.
    pub view: watch::Sender<Option<View>>,
    /// Where bookmarks are kept.
    pub shelf: Option<Shelf>,
    /// The stage that is shown.
    pub scene: watch::Sender<Option<Arc<Scene>>>,
}

/// The task's state.
pub struct Hub {
    session: Session,
    started: Instant,
    desk: Desk,
    recorder: Recorder,
    out: Outlets,
    answers: mpsc::Sender<Input>,
    peers: HashMap<ClientId, PeerId>,
    clients: HashMap<PeerId, ClientId>,
    last_client: ClientId,
    /// The stage being opened, for its card.
    opening: String,
    asks: Asks,
    /// The last search of each client, whether it is still wanted.
    searches: HashMap<ClientId, Arc<AtomicBool>>,
}

impl Hub {
    /// Runs until told to stop. `first` is the stage to open first.
    pub async fn run(
        session: Session,
        started: Instant,
        desk: Desk,
        recorder: Recorder,
        out: Outlets,
        mut inlets: Inlets,
        first: Option<String>,
    ) {
        let (answers, mut answered) = mpsc::channel(ANSWERS);
        let mut hub = Self {
            session,
            started,
            desk,
            recorder,
            out,
            answers,
            peers: HashMap::new(),
            clients: HashMap::new(),
            last_client: 0,
            opening: String::new(),
            asks: Asks::default(),
            searches: HashMap::new(),
        };
        if let Some(url) = first {
            hub.take(Input::Open { url });
        }
        let pose = hub.session.pose();
        hub.obey(Output::View { view: ViewId::SHARED, pose });
        let mut is_drawn = false;
        loop {
            let wake = hub.session.next_wake().map(|at| tokio::time::Instant::from_std(hub.started + at));
            let input = tokio::select! {
                biased;
                _ = &mut inlets.stop => break,
                Some(event) = inlets.peers.recv() => hub.peer(event),
                Some(sent) = inlets.sent.recv() => hub.sent(&sent),
                Some(report) = inlets.reports.recv() => hub.report(report),
                Some(answer) = answered.recv() => Some(answer),
                Some(event) = inlets.recordings.recv() => Some(Input::Recording(event)),
                Ok(()) = &mut inlets.drawn, if !is_drawn => {
                    is_drawn = true;
                    Some(Input::Drawn)
                }
                () = sleep_until(wake) => Some(Input::Tick),
            };
            if let Some(input) = input {
                hub.take(input);
            }
        }
        hub.take(Input::Draining);
        hub.recorder.close().await;
    }

    fn take(&mut self, input: Input) {
        let now = self.started.elapsed();
        // What an output leads to comes after everything that was decided with it: nobody hears of an end before the start.
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            for output in self.session.handle(now, input) {
                inputs.extend(self.obey(output));
            }
        }
        self.out.health.send_replace((self.session.health(now), now));
    }

    /// Does it; what came of it at once, if anything, is the answer.
    fn obey(&mut self, output: Output) -> Option<Input> {
        match output {
            Output::BeginView { view } => return self.begin(view),
            Output::EndView { view } => self.out.lanes.end(view),
            Output::View { view: id, pose } => {
                let view = look::of_pose(&pose);
                if id == ViewId::SHARED {
                    self.out.view.send_replace(Some(view.clone()));
                }
                self.out.mailbox.look(id, view);
            }
            Output::Open { generation, url } => return self.open(generation, url),
            Output::CancelOpen { generation } => self.desk.cancel(generation),
            Output::ListStages { client, id, path } => self.list(client, id, path),
            Output::Evaluate { generation, time } => return self.evaluate(generation, time),
            Output::Ask(order) => return self.ask(order),
            Output::Select { prims } => self.out.mailbox.select(prims),
            Output::Pick(order) => return self.pick(order),
            Output::Marquee(order) => return self.marquee(order),
            Output::Search(order) => self.search(order),
            Output::Tell { client, channel, envelope } => self.tell(client, channel, &envelope),
            Output::TellAll { clients, channel, message } => self.tell_all(&clients, channel, message),
            Output::Video { client, view } => {
                if let Some(peer) = self.peers.get(&client) {
                    let feed = view.and_then(|view| self.out.lanes.feed(view));
                    self.out.endpoint.set_video(*peer, feed);
                }
            }
            Output::Bookmarks(order) => self.shelve(order),
            Output::Record(order) => self.recorder.obey(order),
            Output::Close { client } => {
                if let Some(peer) = self.peers.remove(&client) {
                    self.clients.remove(&peer);
                    self.out.endpoint.close(peer);
                }
            }
        }
        None
    }

    fn begin(&mut self, view: ViewId) -> Option<Input> {
        let error = self.out.lanes.begin(view, self.answers.clone()).err()?;
        Some(Input::ViewLost {
            view,
            message: format!("the system gives no thread for another view: {error}"),
        })
    }

    /// Looks on a thread of its own; the parts come back as inputs.
    fn search(&mut self, order: SearchOrder) {
        let is_wanted = Arc::new(AtomicBool::new(true));
        if let Some(before) = self.searches.insert(order.client, is_wanted.clone()) {
            before.store(false, Ordering::Relaxed);
        }
        let (prims, answers) = (self.session.prims(), self.answers.clone());
        tokio::task::spawn_blocking(move || {
            let mut is_over = false;
            if let Some(prims) = prims {
                let tell = |found: Found| {
                    is_over = found.is_done;
                    // The hub may be gone; then nobody waits for this.
                    let _ = answers.blocking_send(Input::Found { order: order.clone(), found });
                };
                order.run(&*prims, || is_wanted.load(Ordering::Relaxed), tell);
            }
            // Every search has an end, also one that a newer took the place of.
            if !is_over {
                let found = Found { rows: Vec::new(), is_truncated: true, is_done: true };
                let _ = answers.blocking_send(Input::Found { order, found });
            }
        });
    }

    fn pick(&self, order: PickOrder) -> Option<Input> {
        let [x, y] = order.at;
        self.look_up(order.view, look::of_pose(&order.pose), Command::Pick { x, y }, |answer| {
            let result = answer.and_then(look::picked);
            Input::Picked { order, result }
        })
    }

    fn marquee(&self, order: MarqueeOrder) -> Option<Input> {
        let corners = order.corners;
        self.look_up(order.view, look::of_pose(&order.pose), Command::Within { corners }, |answer| {
            let result = answer.and_then(look::within);
            Input::Marqueed { order, result }
        })
    }

    /// The renderer's answer comes back as an input.
    fn look_up(
        &self,
        id: ViewId,
        view: View,
        question: Command,
        input: impl FnOnce(Result<Outcome, ViewerError>) -> Input + Send + 'static,
    ) -> Option<Input> {
        let (reply, answer) = oneshot::channel();
        if let Err(refused) = self.out.mailbox.order(Order::Ask { id, view, question, reply }) {
            return Some(input(Err(ViewerError::new(ErrorCode::Busy, refused.to_string()))));
        }
        let answers = self.answers.clone();
        tokio::spawn(async move {
            // The hub may be gone; then nobody waits for this.
            let _ = answers.send(input(look::answered(answer.await))).await;
        });
        None
    }

    fn list(&self, client: ClientId, id: Option<String>, path: Option<String>) {
        let (roots, answers) = (self.desk.roots(), self.answers.clone());
        tokio::task::spawn_blocking(move || {
            let result = desk::list(&roots, path.as_deref());
            // The hub may be gone; then nobody waits for this.
            let _ = answers.blocking_send(Input::Listed { client, id, result });
        });
    }

    fn sent(&self, sent: &FrameSent) -> Option<Input> {
        let frame = frame(sent);
        match sent.viewer {
            None => Some(Input::Frame(frame)),
            Some(peer) => Some(Input::Shown { client: *self.clients.get(&peer)?, frame }),
        }
    }

    fn peer(&mut self, event: PeerEvent) -> Option<Input> {
        match event {
            PeerEvent::Opened { peer, has_data } => {
                tracing::info!(%peer, has_data, "viewer connected");
                None
            }
            PeerEvent::ChannelOpen { peer, channel: Channel::Control } => {
                self.last_client += 1;
                let client = self.last_client;
                self.clients.insert(peer, client);
                self.peers.insert(client, peer);
                match net::secret() {
                    Ok(token) => Some(Input::Joined { client, token }),
                    Err(error) => {
                        tracing::error!(%error, "a viewer is sent away");
                        self.obey(Output::Close { client })
                    }
                }
            }
            PeerEvent::ChannelOpen { channel: Channel::Motion, .. } => None,
            PeerEvent::Message { peer, text, .. } => {
                let client = *self.clients.get(&peer)?;
                Some(match decode_client(&text) {
                    Ok(envelope) => Input::Message { client, envelope },
                    Err(rejection) => Input::Rejected { client, rejection },
                })
            }
            PeerEvent::Rejected { peer, rejection, .. } => {
                let client = *self.clients.get(&peer)?;
                let code = match rejection {
                    net::Rejection::TooLarge { .. } => ErrorCode::TooLarge,
                    net::Rejection::NotText => ErrorCode::BadRequest,
                };
                let error = ViewerError::new(code, rejection.to_string());
                Some(Input::Rejected { client, rejection: telestage_protocol::Rejection { id: None, error } })
            }
            PeerEvent::Rendition { peer, rendition } => {
                Some(Input::Rendition { client: *self.clients.get(&peer)?, rendition })
            }
            PeerEvent::Closed { peer, reason } => {
                let client = self.clients.remove(&peer)?;
                tracing::info!(%peer, %reason, "viewer gone");
                self.peers.remove(&client);
                if let Some(search) = self.searches.remove(&client) {
                    search.store(false, Ordering::Relaxed);
                }
                Some(Input::Left { client })
            }
        }
    }

    fn tell(&self, client: ClientId, channel: session::Channel, envelope: &Envelope<ServerMessage>) {
        if let Some(text) = json(envelope) {
            self.send(client, channel, &text);
        }
    }

    fn tell_all(&self, clients: &[ClientId], channel: session::Channel, message: ServerMessage) {
        if let Some(text) = json(&Envelope::unasked(message)) {
            for client in clients {
                self.send(*client, channel, &text);
            }
        }
    }

    fn send(&self, client: ClientId, channel: session::Channel, text: &Arc<str>) {
        let channel = match channel {
            session::Channel::Control => Channel::Control,
            session::Channel::Motion => Channel::Motion,
        };
        if let Some(peer) = self.peers.get(&client)
            && let Err(error) = self.out.endpoint.send(*peer, channel, text.clone())
        {
            tracing::debug!(%peer, %error, "message not sent");
        }
    }
}

fn json(envelope: &Envelope<ServerMessage>) -> Option<Arc<str>> {
    match envelope.to_json() {
        Ok(text) => Some(text.into()),
        Err(error) => {
            tracing::error!(%error, "message cannot be written");
            None
        }
    }
}

fn frame(sent: &FrameSent) -> session::FrameSent {
    session::FrameSent {
        view: sent.view,
        rendition: sent.rendition,
        number: sent.number,
        rtp_timestamp: sent.rtp_timestamp,
        view_version: sent.view_version,
        size: sent.size,
        samples: sent.samples,
        refining: sent.is_refining,
        reduced: sent.is_reduced,
        queue: sent.timings.queue,
        render: sent.timings.render,
        convert: sent.timings.convert,
        encode: sent.timings.encode,
        bitrate_bps: sent.bitrate_bps as u32,
        network_limits: sent.is_bound,
    }
}

async fn sleep_until(deadline: Option<tokio::time::Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
