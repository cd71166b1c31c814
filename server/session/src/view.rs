//! The view: one camera, who moves it, and when the picture has to be drawn again.
//!
//! It does not know who may move it: it is told which client acts, keeps that client's gestures, and reports what each
//! client's input has come to.
//!
//! Pictures are drawn on demand. Every change gives a new `version`; while things move a picture has one sample, and
//! [`REST`] after the last change the same version is asked for with all its samples.

use std::collections::BTreeMap;
use std::time::Duration;

use glam::DVec3;
use telestage_protocol::{CameraCommand, CameraCommandRequest, FLY_TIMEOUT_MS};

use crate::appearance::Appearance;
use crate::camera::gesture::Gestures;
use crate::camera::transition::Transition;
use crate::camera::{Camera, DEFAULT_FOV_Y_DEG, Lens, Surroundings, framed, moves};
use crate::config::Config;
use crate::input::ClientId;
use crate::output::ViewPose;
use crate::seen::Seen;

/// So long after the last change, the picture counts as standing still.
pub const REST: Duration = Duration::from_millis(100);
/// Least time between two reports of a moving camera.
pub const REPORT_INTERVAL: Duration = Duration::from_millis(100);

/// One camera and its picture.
#[derive(Debug)]
pub struct View {
    camera: Camera,
    surroundings: Surroundings,
    /// Field of view of the last free view in perspective: what a parallel one goes back to.
    free_fov_deg: f64,
    generation: u32,
    size: [u32; 2],
    version: u64,
    appearance: Appearance,
    still_samples: u32,
    frame_interval: Duration,
    transition: Option<Transition>,
    hands: BTreeMap<ClientId, Hand>,
    /// Up to when flights and transitions have been followed.
    moved_at: Duration,
    /// When the picture last changed, until it has been asked for with all its samples.
    changed_at: Option<Duration>,
    /// A change that has not been handed out by [`View::take_pose`].
    is_unsent: bool,
    /// The camera or a client's `seq` has changed since the last report.
    is_unreported: bool,
    reported_at: Option<Duration>,
}

/// What one client does to the view.
#[derive(Debug, Default)]
struct Hand {
    gestures: Gestures,
    flight: Option<Flight>,
    seen: Seen,
}

#[derive(Clone, Copy, Debug)]
struct Flight {
    /// In view space, in scene radii a second.
    velocity: DVec3,
    until: Duration,
}

impl View {
    /// A view of nothing, framed.
    #[must_use]
    pub fn new(config: &Config, size: [u32; 2]) -> Self {
        let surroundings = Surroundings::default();
        Self {
            camera: framed(&surroundings, aspect(size)),
            surroundings,
            free_fov_deg: DEFAULT_FOV_Y_DEG,
            generation: 0,
            size,
            version: 1,
            appearance: Appearance::default(),
            still_samples: config.still_samples.max(1),
            frame_interval: config.frame_interval(),
            transition: None,
            hands: BTreeMap::new(),
            moved_at: Duration::ZERO,
            changed_at: Some(Duration::ZERO),
            is_unsent: true,
            is_unreported: false,
            reported_at: None,
        }
    }

    /// Another view of the same from the same place. Hands that move this one do not move that one.
    #[must_use]
    pub fn branch(&self, now: Duration) -> Self {
        Self {
            camera: self.camera.clone(),
            surroundings: self.surroundings,
            free_fov_deg: self.free_fov_deg,
            generation: self.generation,
            size: self.size,
            version: 1,
            appearance: self.appearance,
            still_samples: self.still_samples,
            frame_interval: self.frame_interval,
            transition: None,
            hands: BTreeMap::new(),
            moved_at: now,
            changed_at: Some(now),
            is_unsent: true,
            is_unreported: false,
            reported_at: None,
        }
    }

    /// The camera as it is now.
    #[must_use]
    pub fn camera(&self) -> &Camera {
        &self.camera
    }

    /// The scene around it.
    #[must_use]
    pub fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }

    /// Field of view in degrees that a view in perspective takes.
    #[must_use]
    pub fn free_fov_deg(&self) -> f64 {
        self.free_fov_deg
    }

    /// The next view in perspective takes this field of view.
    pub fn remember_fov(&mut self, fov_y_deg: f64) {
        self.free_fov_deg = fov_y_deg;
    }

    /// Columns and rows.
    #[must_use]
    pub fn size(&self) -> [u32; 2] {
        self.size
    }

    /// Width over height.
    #[must_use]
    pub fn aspect(&self) -> f64 {
        aspect(self.size)
    }

    /// What to draw.
    #[must_use]
    pub fn pose(&self) -> ViewPose {
        ViewPose {
            version: self.version,
            generation: self.generation,
            size: self.size,
            world_from_view: self.camera.world_from_view(),
            lens: self.camera.lens,
            clip: self.camera.clip(&self.surroundings),
            appearance: self.appearance,
            samples: if self.changed_at.is_some() { 1 } else { self.still_samples },
        }
    }

    /// What to draw, if it has changed since the last time.
    pub fn take_pose(&mut self) -> Option<ViewPose> {
        std::mem::take(&mut self.is_unsent).then(|| self.pose())
    }

    /// True if clients should hear of the camera now: at once after a rest, then at most ten times a second. Asking
    /// counts as telling.
    pub fn take_report(&mut self, now: Duration) -> bool {
        let is_due = self.is_unreported && self.report_due().is_none_or(|due| due <= now);
        if is_due {
            self.is_unreported = false;
            self.reported_at = Some(now);
        }
        is_due
    }

    /// The highest `seq` of `client` that has come into the camera.
    #[must_use]
    pub fn seq_of(&self, client: ClientId) -> u32 {
        self.hands.get(&client).map_or(0, |hand| hand.seen.latest())
    }

    /// The highest `seq` of `client` that a frame of this version shows.
    pub fn seq_shown(&mut self, client: ClientId, version: u64) -> u32 {
        self.hands.get_mut(&client).map_or(0, |hand| hand.seen.shown(version))
    }

    /// When something happens by itself: a step of a movement, the rest, a report.
    #[must_use]
    pub fn next_wake(&self) -> Option<Duration> {
        let step = self.is_moving().then(|| self.moved_at + self.frame_interval);
        // A way that leads nowhere changes nothing on it, and no rest comes before its end.
        let rest = self.changed_at.filter(|_| !self.is_moving()).map(|at| at + REST);
        let report = self.report_due().filter(|_| self.is_unreported);
        [step, rest, report].into_iter().flatten().min()
    }

    /// Follows flights and transitions up to `now`, and notices that the picture stands still.
    pub fn advance(&mut self, now: Duration) {
        if let Some(transition) = &self.transition {
            let camera = transition.at(now);
            if transition.ends() <= now {
                self.transition = None;
            }
            self.put(camera, now);
        }
        let since = self.moved_at;
        let mut camera = self.camera.clone();
        let mut has_flown = false;
        for hand in self.hands.values_mut() {
            let Some(flight) = hand.flight else { continue };
            let secs = flight.until.min(now).saturating_sub(since).as_secs_f64();
            moves::fly(&mut camera, flight.velocity * secs, &self.surroundings);
            has_flown |= secs > 0.0;
            if flight.until <= now {
                hand.flight = None;
            }
        }
        self.moved_at = self.moved_at.max(now);
        if has_flown {
            camera.set_free();
            self.put(camera, now);
        }
        if self.changed_at.is_some_and(|at| at + REST <= now) && !self.is_moving() {
            self.changed_at = None;
            self.is_unsent = true;
        }
    }

    /// A client's hand moves the camera.
    pub fn command(&mut self, now: Duration, client: ClientId, request: &CameraCommandRequest) {
        let mut camera = self.camera.clone();
        let aspect = self.aspect();
        let hand = self.hands.entry(client).or_default();
        if !hand.gestures.apply(request, &mut camera, &self.surroundings, aspect) {
            return;
        }
        let is_fly = request.command == CameraCommand::Fly;
        if is_fly {
            let velocity = DVec3::new(request.x, request.y, request.z.unwrap_or(0.0));
            let goes_on = request.is_final != Some(true) && velocity != DVec3::ZERO;
            let until = now + Duration::from_millis(u64::from(FLY_TIMEOUT_MS));
            hand.flight = goes_on.then_some(Flight { velocity, until });
            if goes_on {
                self.transition = None;
            }
        } else if camera.pose != self.camera.pose || camera.lens != self.camera.lens {
            camera.set_free();
            self.transition = None;
            self.put(camera, now);
        }
        // The frame that shows this input is the next one: a picture with this version or a later one.
        if let Some(hand) = self.hands.get_mut(&client) {
            let shows_at = if is_fly && hand.flight.is_some() { self.version + 1 } else { self.version };
            hand.seen.push(shows_at, request.seq);
        }
        self.is_unreported = true;
    }

    /// Goes to `camera`, at once or in time. False if that place makes no sense.
    pub fn go(&mut self, now: Duration, camera: Camera, lasts: Duration) -> bool {
        if !camera.is_sound(&self.surroundings) {
            return false;
        }
        self.transition = None;
        for hand in self.hands.values_mut() {
            hand.flight = None;
        }
        if lasts.is_zero() {
            self.put(camera, now);
        } else {
            // The name of the camera holds from the start on; the way there is time's.
            self.camera.path.clone_from(&camera.path);
            self.camera.authored_clip = None;
            self.transition = Some(Transition::new(&self.camera, camera, now, lasts));
            self.moved_at = now;
            self.touch(now);
        }
        self.is_unreported = true;
        true
    }

    /// Leaves the stage's camera and stays where it is.
    pub fn let_go(&mut self, now: Duration) {
        let mut camera = self.camera.clone();
        camera.set_free();
        self.go(now, camera, Duration::ZERO);
    }

    /// Shows another stage.
    pub fn enter(&mut self, now: Duration, generation: u32, surroundings: Surroundings, camera: Camera) {
        self.generation = generation;
        self.surroundings = surroundings;
        self.transition = None;
        for hand in self.hands.values_mut() {
            // What a hand began on the old stage has no meaning on the new one.
            hand.flight = None;
        }
        if !self.put(camera, now) {
            self.touch(now);
        }
        self.is_unreported = true;
    }

    /// The stage looks otherwise now; `camera` is where the one that is looked through is, if it moved.
    pub fn follow(&mut self, now: Duration, surroundings: Surroundings, camera: Option<Camera>) {
        self.surroundings = surroundings;
        let is_on_its_way = self.transition.is_some();
        let has_moved = camera.filter(|_| !is_on_its_way).is_some_and(|camera| self.put(camera, now));
        if !has_moved {
            self.touch(now);
        }
    }

    /// Looks like this from now on.
    pub fn look_like(&mut self, now: Duration, appearance: Appearance, samples: u32, interval: Duration) {
        self.frame_interval = interval;
        if (self.appearance, self.still_samples) != (appearance, samples) {
            (self.appearance, self.still_samples) = (appearance, samples);
            self.touch(now);
        }
    }

    /// Changes the size of the picture; `camera` is the one that fits it.
    pub fn resize(&mut self, now: Duration, size: [u32; 2], camera: Camera) {
        self.size = size;
        if !self.put(camera, now) {
            self.touch(now);
        }
        self.is_unreported = true;
    }

    /// A client has nothing to say here any more: its flight ends.
    pub fn stop(&mut self, client: ClientId) {
        if let Some(hand) = self.hands.get_mut(&client) {
            hand.flight = None;
        }
    }

    /// Forgets a client; its flight ends.
    pub fn forget(&mut self, client: ClientId) {
        self.hands.remove(&client);
    }

    fn is_moving(&self) -> bool {
        self.transition.is_some() || self.hands.values().any(|hand| hand.flight.is_some())
    }

    fn report_due(&self) -> Option<Duration> {
        self.reported_at.map(|at| at + REPORT_INTERVAL)
    }

    /// The only place where the camera changes: nothing unsound gets past. False if it stays as it is.
    fn put(&mut self, camera: Camera, now: Duration) -> bool {
        if camera == self.camera || !camera.is_sound(&self.surroundings) {
            return false;
        }
        if let (None, Lens::Perspective { fov_y_deg, .. }) = (&camera.path, camera.lens) {
            self.free_fov_deg = fov_y_deg;
        }
        self.camera = camera;
        self.is_unreported = true;
        self.touch(now);
        true
    }

    fn touch(&mut self, now: Duration) {
        self.version += 1;
        self.changed_at = Some(now);
        self.is_unsent = true;
    }
}

fn aspect(size: [u32; 2]) -> f64 {
    f64::from(size[0].max(1)) / f64::from(size[1].max(1))
}
