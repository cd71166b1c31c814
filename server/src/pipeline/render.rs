//! The render thread: the only one that calls a [`FrameSource`] (I1).
//!
//! It sleeps until somebody asks for something, takes the newest view at the start of each frame, and hands out
//! finished frames; it never waits for whoever takes them. A view of one sample is one that moves: where the machine does
//! not keep up, it is drawn with fewer pixels ([`Motion`]) until the session asks for the same at rest.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use telestage_media::{Doubler, Frame, Pool, Timings};
use telestage_render::{FrameSource, Picture, RenderError, View};
use tokio::sync::watch;

use crate::card::Card;
use crate::pipeline::aside::{Aside, OpenSource};
use crate::pipeline::latest::Latest;
use crate::pipeline::mailbox::{self, Mailbox, Order};
use crate::pipeline::motion::Motion;
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

/// Starts the thread. `fps` is the highest frame rate; `open_another` makes sources for pictures of other scenes.
///
/// # Errors
/// If the system gives no thread.
pub fn start(
    source: Box<dyn FrameSource>,
    open_another: OpenSource,
    mailbox: Mailbox,
    outlets: Outlets,
    fps: f64,
) -> std::io::Result<JoinHandle<()>> {
    let mut thread = RenderThread {
        is_live: source.capabilities().is_live,
        has_scene: false,
        source,
        open_another,
        asides: VecDeque::new(),
        outlets,
        view: None,
        motion: Motion::default(),
        doubler: Doubler::default(),
        pool: Pool::default(),
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
    open_another: OpenSource,
    /// Pictures of other scenes on their way: as many as there are seats for such requests.
    asides: VecDeque<Aside>,
    outlets: Outlets,
    view: Option<View>,
    motion: Motion,
    doubler: Doubler,
    pool: Pool,
    card: Option<Card>,
    number: u32,
    /// When the frames of the last second were finished.
    recent: VecDeque<Instant>,
}

impl RenderThread {
    fn run(&mut self, mailbox: &Mailbox, mut pace: Pace) {
        // Something changed that no frame shows yet.
        let mut is_stale = false;
        loop {
            let deadline = if self.asides.is_empty() {
                is_stale.then(|| pace.next(Instant::now()))
            } else {
                Some(Instant::now())
            };
            let Some(mail) = mailbox.wait(deadline) else { return };
            let asked = Instant::now();
            if let Some(content) = mail.content {
                self.change(content);
                is_stale = true;
            }
            for order in mail.orders {
                is_stale |= self.execute(order);
            }
            if let Some(view) = mail.view {
                is_stale |= self.view.as_ref() != Some(&view);
                self.view = Some(view);
            }
            let now = Instant::now();
            if is_stale && pace.next(now) <= now {
                pace.start(now);
                is_stale = self.draw(asked);
            }
            // A step at a time: viewers come first.
            if let Some(aside) = self.asides.pop_front()
                && let Some(aside) = aside.step(&self.open_another)
            {
                self.asides.push_front(aside);
            }
        }
    }

    fn change(&mut self, content: mailbox::Content) {
        match content {
            mailbox::Content::Scene(scene, _) => match self.source.load(scene) {
                Ok(()) => {
                    self.has_scene = true;
                    self.card = None;
                    self.motion = Motion::default();
                }
                Err(error) => self.card = Some(Card::failed("The stage cannot be drawn", &error)),
            },
            mailbox::Content::Card(card) => self.card = Some(card),
        }
    }

    /// Does what was asked. Whoever asked may be gone by now; that is theirs. True if the shown picture must be drawn anew.
    fn execute(&mut self, order: Order) -> bool {
        match order {
            Order::Command { command, reply } => drop(reply.send(self.source.apply(&command))),
            Order::Aside { scene: None, view, reply } => {
                drop(reply.send(draw_aside(self.source.as_mut(), &view)));
            }
            Order::Aside { scene: Some(scene), view, reply } => {
                self.asides.push_back(Aside::new(scene, view, reply));
                return false;
            }
        }
        true
    }

    /// Draws and hands out one frame; true if the next one would be better or different.
    fn draw(&mut self, asked: Instant) -> bool {
        let Some(view) = self.view.clone() else { return false };
        let start = Instant::now();
        let mut is_reduced = false;
        let (picture, content) = if self.card.is_none() && (self.has_scene || self.is_live) {
            match self.draw_source(&view) {
                Ok((picture, has_fewer)) => {
                    is_reduced = has_fewer;
                    (picture, Content::Source)
                }
                Err(error) => {
                    tracing::warn!(%error, "frame not drawn");
                    (Card::failed("This view cannot be drawn", &error).draw(view.size), Content::FinalCard)
                }
            }
        } else {
            let card = self.card.clone().unwrap_or_else(Card::idle);
            let content = if card.is_passing() { Content::PassingCard } else { Content::FinalCard };
            (card.draw(view.size), content)
        };
        if is_worth_showing(&picture) {
            self.hand_out(picture.clone(), content, is_reduced, &view, asked, start);
        }
        content == Content::Source && (picture.refining || self.is_live)
    }

    /// The source's picture, and whether it has fewer pixels than it seems.
    fn draw_source(&mut self, view: &View) -> Result<(Picture, bool), RenderError> {
        if view.samples > 1 || self.is_live {
            return Ok((self.source.render(view)?, false));
        }
        let start = Instant::now();
        let size = self.motion.size(view.size);
        let picture = self.source.render(&View { size, ..view.clone() })?;
        self.motion.drew(start.elapsed());
        if size == view.size {
            return Ok((picture, false));
        }
        let mut pixels = self.pool.take(view.size[0] as usize * view.size[1] as usize * 4);
        if let Some(pixels) = Arc::get_mut(&mut pixels) {
            self.doubler.double(&picture.pixels, size, pixels);
        }
        self.pool.keep(pixels.clone());
        Ok((Picture { pixels, size: view.size, ..picture }, true))
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
