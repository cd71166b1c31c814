//! The session itself: inputs in, outputs out, one at a time.

use std::sync::Arc;
use std::time::Duration;

use telestage_protocol::{
    CameraChanged, Capability, ClientMessage, Envelope, ErrorCode, HEARTBEAT_MS, Heartbeat, ServerMessage,
    Status, ViewerError,
};

use crate::bookmarks::Bookmarks;
use crate::clients::Clients;
use crate::config::{Config, fitting_size};
use crate::control::Control;
use crate::frames::frame_info;
use crate::input::{ClientId, FrameSent, Input, Prims};
use crate::output::{Channel, Output, ViewPose};
use crate::recording::Recording;
use crate::selection::Selection;
use crate::settings::Settings;
use crate::stages::Stages;
use crate::time::Timeline;
use crate::views::{ViewId, Views};

/// What is true now, and who may do what.
#[derive(Debug)]
pub struct Session {
    pub(crate) config: Config,
    pub(crate) clients: Clients,
    pub(crate) stages: Stages,
    pub(crate) views: Views,
    pub(crate) control: Control,
    /// Something about control or who is there has changed that not all were told.
    pub(crate) is_control_untold: bool,
    pub(crate) selection: Selection,
    pub(crate) timeline: Timeline,
    pub(crate) settings: Settings,
    /// Questions that the worker has not answered.
    pub(crate) open_asks: usize,
    pub(crate) recording: Recording,
    pub(crate) bookmarks: Bookmarks,
    pub(crate) is_draining: bool,
    pub(crate) now: Duration,
    pub(crate) out: Vec<Output>,
    next_heartbeat: Duration,
}

/// What `GET /health` and the status line show.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    /// What the server does.
    pub status: Status,
    /// The stage that is shown, as it was asked for.
    pub stage: Option<String>,
    /// Its generation; 0 without one.
    pub stage_generation: u32,
    /// Clients that said hello.
    pub viewers: u32,
    /// What is under way.
    pub phase: Phase,
    /// Why there is no stage, if the last open failed.
    pub error: Option<String>,
}

/// What is under way.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    /// The activity while loading, else the status.
    pub name: String,
    /// From 0 to 100.
    pub percent: f64,
    /// Since loading began; 0 otherwise.
    pub elapsed_secs: f64,
}

impl Session {
    /// A session without clients and without a stage. [`Session::pose`] says what to draw first.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let size = fitting_size(config.size, config.max_size);
        Self {
            views: Views::new(&config, size),
            settings: Settings::new(&config),
            config,
            clients: Clients::default(),
            stages: Stages::default(),
            control: Control::default(),
            is_control_untold: false,
            selection: Selection::default(),
            timeline: Timeline::default(),
            open_asks: 0,
            recording: Recording::default(),
            bookmarks: Bookmarks::default(),
            is_draining: false,
            now: Duration::ZERO,
            out: Vec::new(),
            next_heartbeat: Duration::ZERO,
        }
    }

    /// Takes one input at `now` (since any fixed moment; it must not go back) and says what to do, in order.
    pub fn handle(&mut self, now: Duration, input: Input) -> Vec<Output> {
        self.now = self.now.max(now);
        for (_, sight) in self.views.iter_mut() {
            sight.view.advance(self.now);
        }
        self.close_overdue();
        self.let_go_of_kept();
        let before = self.control.controller();
        if self.control.advance(self.now) {
            self.handed_over(before);
        }
        self.beat();
        match input {
            Input::Joined { client, token } => self.join(client, token),
            Input::Left { client } => self.leave(client),
            Input::Message { client, envelope } => self.listen(client, envelope),
            Input::Rejected { client, rejection } => self.refuse(client, rejection.id, rejection.error),
            Input::Open { url } => self.open(&url, None, false),
            Input::Stage { generation, event } => self.stage_event(generation, event),
            Input::Drawn => self.views.get_mut(ViewId::SHARED).frames.note_drawn(),
            Input::Frame(frame) => self.frame(&frame),
            Input::Rendition { client, rendition } => {
                if let Some(known) = self.clients.get_mut(client) {
                    known.rendition = rendition;
                }
            }
            Input::Shown { client, frame } => self.shown(client, &frame),
            Input::Picked { order, result } => self.picked(order, result),
            Input::Asked { order, result } => self.asked(order, result),
            Input::Marqueed { order, result } => self.marqueed(order, result),
            Input::Found { order, found } => self.found(&order, found),
            Input::ViewLost { view, message } => self.lose_view(view, &message),
            Input::Listed { client, id, result } => self.listed(client, id, result),
            Input::Recording(event) => self.recording_event(event),
            Input::SettingsUnkept { message } => self.settings_unkept(&message),
            Input::Bookmarks(news) => self.bookmark_news(news),
            Input::Tick => {}
            Input::Draining => self.drain(),
        }
        self.advance_time();
        self.settle();
        std::mem::take(&mut self.out)
    }

    /// When to call with [`Input::Tick`] at the latest, if nothing else happens; `None`: never.
    #[must_use]
    pub fn next_wake(&self) -> Option<Duration> {
        let heartbeat = (self.clients.welcomed_count() > 0).then_some(self.next_heartbeat);
        let views = self.views.iter().filter_map(|(_, sight)| sight.view.next_wake()).min();
        let clients = [self.clients.next_overdue(), self.clients.next_expiry(), self.control.granted_at()];
        clients.into_iter().chain([views, heartbeat, self.next_time()]).flatten().min()
    }

    /// What to draw now in the shared view.
    #[must_use]
    pub fn pose(&self) -> ViewPose {
        self.views.shared().view.pose()
    }

    /// What to draw now, in each view.
    pub fn poses(&self) -> impl Iterator<Item = (ViewId, ViewPose)> {
        self.views.iter().map(|(id, sight)| (id, sight.view.pose()))
    }

    /// The prims of the stage that is shown, for whoever looks for some.
    #[must_use]
    pub fn prims(&self) -> Option<Arc<dyn Prims>> {
        self.stages.current.as_ref().map(|current| current.summary.prims.clone())
    }

    /// What the server does.
    #[must_use]
    pub fn status(&self) -> Status {
        if self.is_draining {
            Status::Stopping
        } else if self.stages.loading.is_some() {
            Status::Loading
        } else if self.stages.current.is_some() {
            if self.views.shared().frames.has_any() { Status::Streaming } else { Status::Starting }
        } else if self.stages.failure.is_some() {
            Status::Error
        } else if self.views.shared().frames.has_any() {
            Status::Idle
        } else {
            Status::Starting
        }
    }

    /// What `GET /health` shows.
    #[must_use]
    pub fn health(&self, now: Duration) -> Health {
        let status = self.status();
        let phase = match &self.stages.loading {
            Some(loading) => Phase {
                name: if loading.activity.is_empty() {
                    "opening".to_owned()
                } else {
                    loading.activity.clone()
                },
                percent: 100.0 * loading.amount,
                elapsed_secs: now.saturating_sub(loading.since).as_secs_f64(),
            },
            None => Phase { name: status.as_str().to_owned(), percent: 100.0, elapsed_secs: 0.0 },
        };
        Health {
            status,
            stage: self.stages.current.as_ref().map(|c| c.asked_url.clone()),
            stage_generation: self.stages.generation(),
            viewers: self.clients.welcomed_count(),
            phase,
            error: self.stages.failure.as_ref().and_then(|failure| failure.error.clone()),
        }
    }

    fn listen(&mut self, client: ClientId, envelope: Envelope<ClientMessage>) {
        if !self.clients.contains(client) {
            return;
        }
        let Envelope { message, id } = envelope;
        if let Err(error) = message.check() {
            return self.refuse(client, id, error);
        }
        if !self.clients.is_welcome(client) && !matches!(message, ClientMessage::Hello(_)) {
            let message = format!("{} came before hello: say hello first", message.name());
            return self.refuse(client, id, ViewerError::new(ErrorCode::HelloRequired, message));
        }
        if let Err(error) = self.obey(client, id.clone(), message) {
            self.refuse(client, id, error);
        }
    }

    fn frame(&mut self, frame: &FrameSent) {
        if !self.views.has(frame.view) {
            return;
        }
        self.note(frame, frame.rendition == 0);
        for client in self.clients.watching(frame.view) {
            if self.clients.get(client).is_some_and(|known| known.rendition == frame.rendition) {
                self.describe(client, frame);
            }
        }
    }

    /// Notes what a frame showed, and counts it: in any case, or unless one as new was counted.
    fn note(&mut self, frame: &FrameSent, in_any_case: bool) {
        let sight = self.views.get_mut(frame.view);
        sight.history.shown(frame.number, frame.view_version);
        let frames = &mut sight.frames;
        let is_newer = frame.number.wrapping_sub(frames.last_number()).cast_signed() > 0;
        if in_any_case || is_newer {
            frames.push(self.now, *frame);
        }
    }

    /// A frame that one client got by itself. Where nobody else gets any, it is the newest of its view.
    fn shown(&mut self, client: ClientId, frame: &FrameSent) {
        if !self.clients.is_welcome(client) || self.view_of(client) != frame.view {
            return;
        }
        self.note(frame, false);
        self.describe(client, frame);
    }

    fn describe(&mut self, client: ClientId, frame: &FrameSent) {
        let input_seq = self.views.get_mut(frame.view).view.seq_shown(client, frame.view_version);
        let info = frame_info(frame, input_seq, self.config.frame_interval());
        let envelope = Envelope::unasked(ServerMessage::FrameInfo(info));
        self.out.push(Output::Tell { client, channel: Channel::Motion, envelope });
    }

    fn drain(&mut self) {
        self.is_draining = true;
        if let Some(loading) = self.stages.loading.take() {
            self.supersede(loading, ErrorCode::Refused, "the server is shutting down");
        }
        self.end_recording();
        self.next_heartbeat = self.now;
        self.beat();
    }

    /// Ends connections that did not say hello in time.
    fn close_overdue(&mut self) {
        for client in self.clients.overdue(self.now) {
            let error = ViewerError::new(
                ErrorCode::HelloRequired,
                "no acceptable hello came within 5 s: connect again",
            );
            self.refuse(client, None, error);
            self.leave(client);
            self.out.push(Output::Close { client });
        }
    }

    fn beat(&mut self) {
        if self.clients.welcomed_count() == 0 || self.next_heartbeat > self.now {
            return;
        }
        let (t, status) = (self.now.as_secs_f64() * 1e3, self.status());
        let beats: Vec<_> = self.views.iter().map(|(id, sight)| (id, sight.frames.last_number())).collect();
        for (view, last_frame) in beats {
            self.tell_watching(view, ServerMessage::Heartbeat(Heartbeat { t, status, last_frame }));
        }
        self.start_heartbeat();
    }

    /// The next heartbeat is a whole interval away.
    pub(crate) fn start_heartbeat(&mut self) {
        self.next_heartbeat = self.now + Duration::from_millis(u64::from(HEARTBEAT_MS));
    }

    /// Hands out what has changed: who drives, the views, and where their cameras are.
    fn settle(&mut self) {
        if std::mem::take(&mut self.is_control_untold) {
            self.tell_all(ServerMessage::ControlState(self.control_state()));
        }
        let generation = self.stages.generation();
        let mut changed = Vec::new();
        let mut moved = Vec::new();
        for (id, sight) in self.views.iter_mut() {
            if let Some(pose) = sight.view.take_pose() {
                sight.history.push(pose);
                self.out.push(Output::View { view: id, pose });
            }
            if sight.told_camera != sight.view.camera().path {
                sight.told_camera.clone_from(&sight.view.camera().path);
                let active_camera = sight.told_camera.clone();
                changed.push((id, CameraChanged { active_camera, stage_generation: generation }));
            }
            if sight.view.take_report(self.now) {
                moved.push(id);
            }
        }
        for (view, change) in changed {
            self.tell_watching(view, ServerMessage::CameraChanged(change));
        }
        for view in moved {
            for client in self.clients.watching(view) {
                self.tell(client, None, self.camera_state(client));
            }
        }
    }

    /// Where the camera of this client's view is, with its own `seq`.
    pub(crate) fn camera_state(&self, client: ClientId) -> ServerMessage {
        let view = &self.views.get(self.view_of(client)).view;
        ServerMessage::CameraState(view.camera().state(view.surroundings(), view.seq_of(client)))
    }

    /// The same to all that get this picture.
    pub(crate) fn tell_watching(&mut self, view: ViewId, message: ServerMessage) {
        let clients = self.clients.watching(view);
        if !clients.is_empty() {
            self.out.push(Output::TellAll { clients, channel: Channel::Control, message });
        }
    }

    pub(crate) fn tell(&mut self, client: ClientId, id: Option<String>, message: ServerMessage) {
        let envelope = Envelope { message, id };
        self.out.push(Output::Tell { client, channel: Channel::Control, envelope });
    }

    pub(crate) fn tell_all(&mut self, message: ServerMessage) {
        let clients = self.clients.welcomed();
        self.tell_each(clients, message);
    }

    pub(crate) fn tell_each(&mut self, clients: Vec<ClientId>, message: ServerMessage) {
        if !clients.is_empty() {
            self.out.push(Output::TellAll { clients, channel: Channel::Control, message });
        }
    }

    /// Checks that this server can do that.
    ///
    /// # Errors
    /// `unsupported`, with the reason.
    pub(crate) fn check_able(&self, what: Capability, why_not: &str) -> Result<(), ViewerError> {
        if self.config.capabilities.contains(&what) {
            return Ok(());
        }
        Err(ViewerError::new(ErrorCode::Unsupported, why_not))
    }

    pub(crate) fn refuse(&mut self, client: ClientId, id: Option<String>, error: ViewerError) {
        if self.clients.contains(client) {
            self.tell(client, id, ServerMessage::ViewerError(error));
        }
    }
}
