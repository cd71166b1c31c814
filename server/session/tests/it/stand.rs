//! A session on a test stand: it keeps the time, speaks for clients, and sorts what comes out.

use std::sync::Arc;
use std::time::Duration;

use glam::{DMat4, DVec3};
use telestage_protocol::{
    CameraCommand, CameraCommandRequest, CameraState, ClientMessage, Empty, Envelope, Hello,
    OpenStageRequest, PROTOCOL_VERSION, PrimClass, PrimRow, ServerMessage, ViewerError,
};
use telestage_session::camera::{Bounds, StageCamera, UpAxis};
use telestage_session::time::Span;
use telestage_session::{
    Channel, ClientId, Config, FrameSent, Input, Output, PrimId, Prims, Session, StageEvent, StageSummary,
    ViewId, ViewPose,
};

/// What one client was told, with the `id` it answers.
pub type Told = (Option<String>, ServerMessage);

pub struct Stand {
    pub session: Session,
    pub now: Duration,
    /// Everything that came out of the last call.
    pub out: Vec<Output>,
    frame: u32,
    /// Who was handed control last.
    holder: Option<ClientId>,
}

impl Stand {
    pub fn new() -> Self {
        Self::with(Config { version: "1.2.3".to_owned(), ..Config::default() })
    }

    pub fn with(config: Config) -> Self {
        Self {
            session: Session::new(config),
            now: Duration::from_secs(100),
            out: Vec::new(),
            frame: 0,
            holder: None,
        }
    }

    /// With client 1 welcomed and a stage of `bounds` shown.
    pub fn showing(summary: StageSummary) -> Self {
        let mut stand = Self::new();
        stand.greet(1);
        stand.show("a.usda", summary);
        stand
    }

    pub fn input(&mut self, input: Input) -> &[Output] {
        self.out = self.session.handle(self.now, input);
        &self.out
    }

    pub fn say(&mut self, client: ClientId, id: &str, message: ClientMessage) -> &[Output] {
        let id = (!id.is_empty()).then(|| id.to_owned());
        self.input(Input::Message { client, envelope: Envelope { message, id } })
    }

    /// A client can speak; its token is `token-N`.
    pub fn join(&mut self, client: ClientId) -> &[Output] {
        self.input(Input::Joined { client, token: format!("token-{client}") })
    }

    /// Joins and says hello.
    pub fn greet(&mut self, client: ClientId) -> &[Output] {
        self.join(client);
        self.say(client, "", hello(PROTOCOL_VERSION))
    }

    /// Joins and says hello with the token of a connection that was lost.
    pub fn greet_again(&mut self, client: ClientId, token: &str) -> &[Output] {
        self.join(client);
        let ClientMessage::Hello(hello) = hello(PROTOCOL_VERSION) else { unreachable!() };
        self.say(client, "", ClientMessage::Hello(Hello { session: Some(token.to_owned()), ..hello }))
    }

    /// Whoever drives gives control to `client`.
    pub fn hand_to(&mut self, client: ClientId) {
        let holder = self.holder.replace(client).unwrap_or(1);
        let action = telestage_protocol::ControlAction::Grant;
        let request = telestage_protocol::ControlRequest { action, client_id: Some(client) };
        self.say(holder, "", ClientMessage::Control(request));
        assert_eq!(self.refusal(holder), None);
    }

    /// Opens a stage at the server's own wish.
    pub fn show(&mut self, url: &str, summary: StageSummary) {
        self.input(Input::Open { url: url.to_owned() });
        let generation = self.opened_generation().expect("an open");
        self.input(Input::Stage {
            generation,
            event: StageEvent::Opened { url: format!("/root/{url}"), summary },
        });
        self.rest();
    }

    /// The generation of the `Open` among the last outputs.
    pub fn opened_generation(&self) -> Option<u32> {
        self.out.iter().find_map(|output| match output {
            Output::Open { generation, .. } => Some(*generation),
            _ => None,
        })
    }

    /// What `client` was told by the last call, in order.
    pub fn told(&self, client: ClientId) -> Vec<Told> {
        told(&self.out, client)
    }

    /// Names of what `client` was told.
    pub fn told_names(&self, client: ClientId) -> Vec<&'static str> {
        self.told(client).iter().map(|(_, message)| message.name()).collect()
    }

    /// The refusal that `client` got from the last call.
    pub fn refusal(&self, client: ClientId) -> Option<(Option<String>, ViewerError)> {
        self.told(client).into_iter().find_map(|(id, message)| match message {
            ServerMessage::ViewerError(error) => Some((id, error)),
            _ => None,
        })
    }

    /// The view among the last outputs.
    pub fn view(&self) -> Option<ViewPose> {
        view(&self.out)
    }

    /// Lets time pass up to `until`, waking the session whenever it asks. Everything that came out, with its time.
    pub fn run_until(&mut self, until: Duration) -> Vec<(Duration, Output)> {
        let mut all = Vec::new();
        for _ in 0..100_000 {
            let Some(wake) = self.session.next_wake().filter(|&wake| wake <= until) else {
                self.now = until;
                return all;
            };
            self.now = self.now.max(wake);
            let now = self.now;
            all.extend(self.session.handle(now, Input::Tick).into_iter().map(|output| (now, output)));
            let again = self.session.next_wake();
            assert!(again.is_none_or(|again| again > now), "asks for {again:?} at {now:?}: would spin");
        }
        panic!("does not come to rest");
    }

    /// Lets `ms` pass.
    pub fn run_ms(&mut self, ms: u64) -> Vec<(Duration, Output)> {
        self.run_until(self.now + Duration::from_millis(ms))
    }

    /// Lets a second pass.
    pub fn rest(&mut self) {
        self.run_ms(1000);
    }

    /// A frame of the present version goes out.
    pub fn send_frame(&mut self) -> &[Output] {
        let version = self.session.pose().version;
        self.send_frame_of(version)
    }

    pub fn send_frame_of(&mut self, view_version: u64) -> &[Output] {
        self.frame += 1;
        let frame = FrameSent { view_version, ..frame(self.frame) };
        self.input(Input::Frame(frame))
    }

    /// Where the camera is, as client 1 sees it.
    pub fn camera(&mut self) -> CameraState {
        let again = self.session.handle(
            self.now,
            Input::Message { client: 1, envelope: Envelope::unasked(hello(PROTOCOL_VERSION)) },
        );
        let states = told(&again, 1).into_iter().find_map(|(_, message)| match message {
            ServerMessage::CameraState(state) => Some(state),
            _ => None,
        });
        states.expect("a snapshot has the camera")
    }
}

pub fn told(out: &[Output], client: ClientId) -> Vec<Told> {
    let mut told = Vec::new();
    for output in out {
        match output {
            Output::Tell { client: to, envelope, .. } if *to == client => {
                told.push((envelope.id.clone(), envelope.message.clone()));
            }
            Output::TellAll { clients, message, .. } if clients.contains(&client) => {
                told.push((None, message.clone()));
            }
            _ => {}
        }
    }
    told
}

pub fn view(out: &[Output]) -> Option<ViewPose> {
    out.iter().rev().find_map(|output| match output {
        Output::View { view: ViewId::SHARED, pose } => Some(*pose),
        _ => None,
    })
}

/// Channels on which messages of this name went out.
pub fn channels(out: &[Output], name: &str) -> Vec<Channel> {
    out.iter()
        .filter_map(|output| match output {
            Output::Tell { channel, envelope, .. } if envelope.message.name() == name => Some(*channel),
            Output::TellAll { channel, message, .. } if message.name() == name => Some(*channel),
            _ => None,
        })
        .collect()
}

pub fn hello(protocol: u32) -> ClientMessage {
    let (client, version) = ("test".to_owned(), "0".to_owned());
    ClientMessage::Hello(Hello { protocol, client, version, name: None, session: None })
}

pub fn open(url: &str) -> ClientMessage {
    ClientMessage::OpenStage(OpenStageRequest { url: url.to_owned() })
}

pub fn reset() -> ClientMessage {
    ClientMessage::ResetStage(Empty {})
}

pub fn total(command: CameraCommand, gesture: u32, seq: u32, x: f64, y: f64) -> CameraCommandRequest {
    CameraCommandRequest {
        command,
        gesture,
        seq,
        x,
        y,
        z: None,
        cx: None,
        cy: None,
        pivot: None,
        pivot_from: None,
        is_final: None,
    }
}

pub fn command(command: CameraCommand, gesture: u32, seq: u32, x: f64, y: f64) -> ClientMessage {
    ClientMessage::CameraCommand(total(command, gesture, seq, x, y))
}

pub fn frame(number: u32) -> FrameSent {
    FrameSent {
        view: ViewId::SHARED,
        rendition: 0,
        number,
        rtp_timestamp: number * 1500,
        view_version: 0,
        size: [1280, 720],
        samples: 1,
        refining: false,
        reduced: false,
        queue: Duration::from_micros(500),
        render: Duration::from_millis(4),
        convert: Duration::from_micros(250),
        encode: Duration::from_millis(5),
        bitrate_bps: 6_000_000,
        network_limits: false,
    }
}

/// A box of this centre and half size.
pub fn cube(center: [f64; 3], half: f64) -> Bounds {
    let center = DVec3::from_array(center);
    Bounds { min: center - half, max: center + half }
}

/// A stage with these bounds.
pub fn stage(up_axis: UpAxis, bounds: Bounds) -> StageSummary {
    StageSummary {
        up_axis,
        bounds: Some(bounds),
        cameras: Vec::new(),
        default_camera: None,
        root_prim_path: Some("/World".to_owned()),
        diagnostics: Vec::new(),
        span: Span::default(),
        time: None,
        prims: Arc::new(FewPrims::new()),
    }
}

/// A camera at `eye` that looks at `target`, with USD's apertures of 35 mm film.
pub fn stage_camera(
    path: &str,
    eye: [f64; 3],
    target: [f64; 3],
    up: [f64; 3],
    focal_length: f64,
) -> StageCamera {
    let [eye, target, up] = [eye, target, up].map(DVec3::from_array);
    let back = (eye - target).normalize();
    let right = up.cross(back).normalize();
    let axes = [right, back.cross(right), back].map(|axis| axis.extend(0.0));
    StageCamera {
        path: path.to_owned(),
        world_from_view: DMat4::from_cols(axes[0], axes[1], axes[2], eye.extend(1.0)),
        orthographic: false,
        focal_length,
        aperture: [20.955, 15.2908],
        aperture_offset: [0.0; 2],
        clipping_range: [1.0, 1_000_000.0],
    }
}

/// `/World` with `/World/Ball`, a small box beside the middle, and `/World/Empty`, which draws nothing; and `/Crowd` with
/// a thousand prims of long names.
pub struct FewPrims {
    paths: Vec<String>,
    crowd: Vec<PrimId>,
}

impl FewPrims {
    pub fn new() -> Self {
        let few = ["/World", "/World/Ball", "/World/Empty", "/Crowd"].map(str::to_owned);
        let crowd = (0..1000).map(|n| format!("/Crowd/{n:0>100}"));
        Self { paths: few.into_iter().chain(crowd).collect(), crowd: (4..1004).collect() }
    }
}

impl Prims for FewPrims {
    fn find(&self, path: &str) -> Option<PrimId> {
        self.paths.iter().position(|other| other == path).map(|at| at as PrimId)
    }
    fn path(&self, prim: PrimId) -> Option<&str> {
        self.paths.get(prim as usize).map(String::as_str)
    }
    fn bounds(&self, prim: PrimId) -> Option<Bounds> {
        (prim == 1).then(|| cube([3.0, 0.0, 0.0], 0.1))
    }
    fn children(&self, parent: Option<PrimId>) -> &[PrimId] {
        match parent {
            None => &[0, 3],
            Some(0) => &[1, 2],
            Some(3) => &self.crowd,
            Some(_) => &[],
        }
    }
    fn row(&self, prim: PrimId) -> Option<PrimRow> {
        let path = self.path(prim)?.to_owned();
        let type_name = if prim == 1 { "Mesh" } else { "Xform" };
        Some(PrimRow {
            name: path.rsplit('/').next().unwrap_or_default().to_owned(),
            path,
            type_name: type_name.to_owned(),
            class: PrimClass::of_type(type_name),
            children: !self.children(Some(prim)).is_empty(),
            active: true,
            visible: true,
            instance: None,
            payload: None,
            loaded: None,
            variants: None,
        })
    }
}

/// True if each number is within `1e-9` of the other, as seen from a scene of size 1.
pub fn is_close(a: [f64; 3], b: [f64; 3]) -> bool {
    (DVec3::from_array(a) - DVec3::from_array(b)).length() < 1e-9
}
