//! One view on its way through the render thread: what it shows, whether that is drawn, and where its frames go.

use std::sync::Arc;
use std::time::Instant;

use telestage_render::View;
use tokio::sync::watch;

use crate::net::stream::Stream;
use crate::pipeline::latest::Latest;
use crate::pipeline::motion::Motion;
use crate::pipeline::pace::Pace;
use crate::pipeline::render::Shown;

/// Where a view's frames go.
#[derive(Clone)]
pub struct LaneOutlets {
    /// To the view's encode threads, one for each rendition.
    pub encode: Vec<Latest<Shown>>,
    /// To snapshots, MJPEG and health: the last frame stays here.
    pub shown: Arc<watch::Sender<Option<Shown>>>,
    /// Who watches. `None`: drawn whether or not anybody does.
    pub watched: Option<Arc<[Stream]>>,
}

/// The state of one view in the render thread.
pub struct Lane {
    /// Where its frames go.
    pub outlets: LaneOutlets,
    /// What it shows.
    pub view: Option<View>,
    /// How many pixels it has while it moves.
    pub motion: Motion,
    /// Frames so far.
    pub number: u32,
    /// Version and size of what the source drew last, if it drew all of its pixels.
    pub exact: Option<(u64, [u32; 2])>,
    pace: Pace,
    /// Since when something is different that no frame shows.
    stale_since: Option<Instant>,
    /// Its next frame would be a better one of the same, or another one by itself.
    goes_on: bool,
    drawn_at: Option<Instant>,
}

impl Lane {
    /// A lane that shows nothing yet; `fps` is its highest frame rate.
    #[must_use]
    pub fn new(outlets: LaneOutlets, fps: f64) -> Self {
        let pace = Pace::new(fps);
        let (motion, stale_since, drawn_at) = (Motion::default(), None, None);
        Self {
            outlets,
            view: None,
            motion,
            number: 0,
            exact: None,
            pace,
            stale_since,
            goes_on: false,
            drawn_at,
        }
    }

    /// Its highest frame rate is this from now on.
    pub fn hold_to(&mut self, fps: f64) {
        self.pace = Pace::new(fps);
    }

    /// It shows this from now on.
    pub fn look(&mut self, view: View, now: Instant) {
        if self.view.as_ref() != Some(&view) {
            self.view = Some(view);
            self.touch(now);
        }
    }

    /// Its next frame would be another one.
    pub fn touch(&mut self, now: Instant) {
        self.stale_since.get_or_insert(now);
    }

    /// Whether there is more to see without a change from outside.
    pub fn goes_on(&mut self, goes_on: bool) {
        self.goes_on = goes_on;
    }

    /// When its next frame may start; `None` if none is needed, or nobody would see it.
    #[must_use]
    pub fn due(&self, now: Instant) -> Option<Instant> {
        let due = match (self.stale_since.is_some(), self.goes_on) {
            (true, _) => self.pace.next_new(now),
            (false, true) => self.pace.next(now),
            (false, false) => return None,
        };
        (self.view.is_some() && self.is_watched()).then_some(due)
    }

    /// When its last frame was started.
    #[must_use]
    pub fn drawn_at(&self) -> Option<Instant> {
        self.drawn_at
    }

    /// A frame starts; since when it was wanted.
    pub fn start(&mut self, now: Instant) -> Instant {
        self.pace.start(now);
        self.drawn_at = Some(now);
        self.stale_since.take().unwrap_or(now)
    }

    fn is_watched(&self) -> bool {
        let Some(streams) = &self.outlets.watched else { return true };
        streams.iter().any(|stream| stream.readers() > 0) || self.outlets.shown.receiver_count() > 0
    }
}
