//! The render thread: the only one that calls a [`FrameSource`] (I1).
//!
//! It sleeps until somebody asks for something, takes the newest view at the start of each frame, and hands out
//! finished frames; it never waits for whoever takes them. While the view moves, each view is drawn once, and with
//! fewer pixels if need be ([`Motion`]); a view at rest is drawn in full and refined.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use telestage_media::{Doubler, Frame, Pool, Timings};
use telestage_render::{FrameSource, Picture, RenderError, View};
use tokio::sync::watch;

use crate::card::Card;
use crate::pipeline::latest::Latest;
use crate::pipeline::mailbox::{self, Mailbox, Order};
use crate::pipeline::motion::{Motion, REST};
use crate::pipeline::pace::Pace;

/// A frame and what it is a picture of.
#[derive(Clone)]
pub struct Shown {
    /// The pixels.
    pub frame: Frame,
    /// Whose picture it is.
    pub content: Content,
    /// When it was finished.
    pub at: Instant,
    /// Samples for each pixel.
    pub samples: u32,
    /// A better one follows while nothing changes.
    pub is_refining: bool,
    /// Drawn with fewer pixels than it has, because the machine would not keep up with the hand otherwise.
    pub is_reduced: bool,
}

/// What a frame shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// The source's picture.
    Source,
    /// A card that will stay: no stage, or why there is none.
    FinalCard,
    /// A card that something else will replace: loading.
    PassingCard,
}

/// Where frames go.
#[derive(Clone)]
pub struct Outlets {
    /// To the encode thread.
    pub encode: Latest<Shown>,
    /// To snapshots, MJPEG and health: the last frame stays here.
    pub shown: watch::Sender<Option<Shown>>,
    /// Frames made so far.
    pub made: Arc<AtomicU64>,
    /// Frames within the last second before the last frame.
    pub rate: Arc<AtomicU32>,
}

/// Starts the thread. `fps` is the highest frame rate.
///
/// # Errors
/// If the system gives no thread.
pub fn start(
    source: Box<dyn FrameSource>,
    mailbox: Mailbox,
    outlets: Outlets,
    fps: f64,
) -> std::io::Result<JoinHandle<()>> {
    let mut thread = RenderThread {
        is_live: source.capabilities().is_live,
        has_scene: false,
        source,
        outlets,
        view: None,
        moved_at: None,
        motion: Motion::default(),
        doubler: Doubler::default(),
        pool: Pool::default(),
        shown: None,
        card: None,
        number: 0,
        recent: VecDeque::new(),
    };
    std::thread::Builder::new().name("render".into()).spawn(move || thread.run(&mailbox, Pace::new(fps)))
}

struct RenderThread {
    source: Box<dyn FrameSource>,
    is_live: bool,
    has_scene: bool,
    outlets: Outlets,
    view: Option<View>,
    /// When the view changed last; `None` while it has stood still since the scene came.
    moved_at: Option<Instant>,
    motion: Motion,
    doubler: Doubler,
    pool: Pool,
    /// The view whose moving picture had every pixel: its first picture at rest is the same.
    shown: Option<View>,
    card: Option<Card>,
    number: u32,
    /// When the frames of the last second were finished.
    recent: VecDeque<Instant>,
}

/// A picture of the source.
struct Drawn {
    picture: Picture,
    /// It has fewer pixels than were asked for, enlarged.
    is_reduced: bool,
    /// It was not handed out before.
    is_new: bool,
}

/// What no frame shows yet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pending {
    /// Everything is shown.
    Nothing,
    /// Something changed.
    Change,
    /// The same at rest: in full, then refined.
    Finer,
}

impl RenderThread {
    fn run(&mut self, mailbox: &Mailbox, mut pace: Pace) {
        let mut pending = Pending::Nothing;
        loop {
            let Some(mail) = mailbox.wait(self.due(pending, &pace, Instant::now())) else { return };
            let asked = Instant::now();
            if let Some(content) = mail.content {
                self.change(content);
                pending = Pending::Change;
            }
            for order in mail.orders {
                self.execute(order);
                pending = Pending::Change;
            }
            if let Some(view) = mail.view {
                if self.view.as_ref().is_some_and(|old| *old != view) {
                    self.moved_at = Some(asked);
                }
                if self.view.as_ref() != Some(&view) {
                    pending = Pending::Change;
                }
                self.view = Some(view);
            }
            let now = Instant::now();
            if self.due(pending, &pace, now).is_some_and(|due| due <= now) {
                pace.start(now);
                pending = self.draw(asked, now);
            }
        }
    }

    /// When to draw next.
    fn due(&self, pending: Pending, pace: &Pace, now: Instant) -> Option<Instant> {
        match pending {
            Pending::Nothing => None,
            Pending::Change => Some(pace.next(now)),
            Pending::Finer => {
                let rested = self.moved_at.map_or(now, |at| at + REST);
                Some(pace.next(now).max(rested))
            }
        }
    }

    fn change(&mut self, content: mailbox::Content) {
        match content {
            mailbox::Content::Scene(scene, _) => match self.source.load(scene) {
                Ok(()) => {
                    self.has_scene = true;
                    self.card = None;
                    self.moved_at = None;
                    self.motion = Motion::default();
                }
                Err(error) => self.card = Some(Card::failed("The stage cannot be drawn", &error)),
            },
            mailbox::Content::Card(card) => self.card = Some(card),
        }
    }

    /// Does what was asked. Whoever asked may be gone by now; that is theirs.
    fn execute(&mut self, order: Order) {
        match order {
            Order::Command { command, reply } => drop(reply.send(self.source.apply(&command))),
            Order::Aside { view, reply } => drop(reply.send(draw_aside(self.source.as_mut(), &view))),
        }
    }

    /// Draws and hands out one frame; says what is left to show.
    fn draw(&mut self, asked: Instant, start: Instant) -> Pending {
        let Some(view) = self.view.clone() else { return Pending::Nothing };
        if self.card.is_some() || !(self.has_scene || self.is_live) {
            let card = self.card.clone().unwrap_or_else(Card::idle);
            let content = if card.is_passing() { Content::PassingCard } else { Content::FinalCard };
            self.hand_out(card.draw(view.size), content, false, &view, asked, start);
            return Pending::Nothing;
        }
        let is_moving = !self.is_live && self.moved_at.is_some_and(|at| start < at + REST);
        let drawn = if is_moving { self.draw_moving(&view) } else { self.draw_resting(&view) };
        match drawn {
            Ok(Drawn { picture, is_reduced, is_new }) => {
                let is_unfinished = picture.refining;
                if is_new && is_worth_showing(&picture) {
                    self.hand_out(picture, Content::Source, is_reduced, &view, asked, start);
                }
                match (self.is_live, is_unfinished) {
                    (true, _) => Pending::Change,
                    (false, true) => Pending::Finer,
                    (false, false) => Pending::Nothing,
                }
            }
            Err(error) => {
                tracing::warn!(%error, "frame not drawn");
                let card = Card::failed("This view cannot be drawn", &error);
                self.hand_out(card.draw(view.size), Content::FinalCard, false, &view, asked, start);
                Pending::Nothing
            }
        }
    }

    /// Every pixel, one sample more.
    fn draw_resting(&mut self, view: &View) -> Result<Drawn, RenderError> {
        let picture = self.source.render(view)?;
        let is_new = picture.samples > 1 || self.shown.take().as_ref() != Some(view);
        Ok(Drawn { picture, is_reduced: false, is_new })
    }

    /// One sample, with as many pixels as there is time for.
    fn draw_moving(&mut self, view: &View) -> Result<Drawn, RenderError> {
        let start = Instant::now();
        let size = self.motion.size(view.size);
        let small = self.source.render(&View { size, samples: 1, ..view.clone() })?;
        self.motion.drew(start.elapsed());
        let next = self.motion.size(view.size);
        if next != size {
            tracing::debug!(?size, ?next, took = ?start.elapsed(), "another size for moving pictures");
        }
        if size == view.size {
            self.shown = Some(view.clone());
            let picture = Picture { refining: view.samples > 1, ..small };
            return Ok(Drawn { picture, is_reduced: false, is_new: true });
        }
        self.shown = None;
        let mut pixels = self.pool.take(view.size[0] as usize * view.size[1] as usize * 4);
        if let Some(pixels) = Arc::get_mut(&mut pixels) {
            self.doubler.double(&small.pixels, size, pixels);
        }
        self.pool.keep(pixels.clone());
        let picture = Picture { pixels, size: view.size, samples: 1, refining: true };
        Ok(Drawn { picture, is_reduced: true, is_new: true })
    }

    fn hand_out(
        &mut self,
        picture: Picture,
        content: Content,
        is_reduced: bool,
        view: &View,
        asked: Instant,
        start: Instant,
    ) {
        self.number = self.number.wrapping_add(1);
        let at = Instant::now();
        let timings = Timings { queue: start - asked, render: at - start, ..Timings::default() };
        let frame = Frame {
            number: self.number,
            size: picture.size,
            pixels: picture.pixels,
            view_version: view.version,
            timings,
        };
        self.recent.push_back(at);
        while self.recent.front().is_some_and(|&first| at - first > Duration::from_secs(1)) {
            self.recent.pop_front();
        }
        self.outlets.rate.store(u32::try_from(self.recent.len()).unwrap_or(u32::MAX), Ordering::Relaxed);
        self.outlets.made.fetch_add(1, Ordering::Relaxed);
        let (samples, is_refining) = (picture.samples, picture.refining);
        let shown = Shown { frame, content, at, samples, is_refining, is_reduced };
        self.outlets.encode.put(shown.clone());
        self.outlets.shown.send_replace(Some(shown));
    }
}

/// A still picture refines by many samples; showing each would cost an encode for a difference that nobody sees.
fn is_worth_showing(picture: &Picture) -> bool {
    !picture.refining || picture.samples.is_power_of_two() && picture.samples != 2
}

/// One finished picture, however many samples it takes.
fn draw_aside(source: &mut dyn FrameSource, view: &View) -> Result<Picture, RenderError> {
    loop {
        let picture = source.render(view)?;
        if !picture.refining {
            return Ok(picture);
        }
    }
}
