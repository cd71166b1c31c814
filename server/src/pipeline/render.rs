//! The render thread: the only one that calls a [`FrameSource`] (I1).
//!
//! It sleeps until somebody asks for something, takes the newest views at the start of each frame, and hands out
//! finished frames of each view in its [`Lane`]; it never waits for whoever takes them. Of several views that are due,
//! the one that has waited longest comes first. A view of one sample is one that moves: where the machine does
//! not keep up, it is drawn with fewer pixels ([`Motion`]) until the session asks for the same at rest.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use telestage_media::{Doubler, Frame, Pool, Scaler, Timings};
use telestage_render::{CanvasId, Command, FrameSource, Outcome, Picture, RenderError, View};
use telestage_scene::{Changes, Scene};
use telestage_session::{Effort, ViewId};

use crate::card::Card;
use crate::pipeline::aside::{Aside, OpenSource};
use crate::pipeline::lane::{Lane, LaneOutlets};
use crate::pipeline::mailbox::{self, Mail, Mailbox, Order};
use crate::pipeline::motion::Motion;

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

/// What others may read of all frames together.
#[derive(Clone, Default)]
pub struct Counts {
    /// Frames made so far.
    pub made: Arc<AtomicU64>,
    /// Frames within the last second before the last frame.
    pub rate: Arc<AtomicU32>,
}

/// Samples of pictures aside add up on a canvas of their own.
const ASIDE: CanvasId = CanvasId::MAX;

/// Starts the thread. `fps` is the highest frame rate of a view; `shared` gets the frames of the one that is always there;
/// `open_another` makes sources for pictures of other scenes.
///
/// # Errors
/// If the system gives no thread.
pub fn start(
    source: Box<dyn FrameSource>,
    open_another: OpenSource,
    mailbox: Mailbox,
    shared: LaneOutlets,
    counts: Counts,
    fps: f64,
) -> std::io::Result<JoinHandle<()>> {
    let mut thread = RenderThread {
        is_live: source.capabilities().is_live,
        has_scene: false,
        source,
        open_another,
        asides: VecDeque::new(),
        lanes: BTreeMap::from([(ViewId::SHARED, Lane::new(shared, fps))]),
        fps,
        scale: 1.0,
        scaler: None,
        counts,
        doubler: Doubler::default(),
        pool: Pool::default(),
        card: None,
        recent: VecDeque::new(),
    };
    std::thread::Builder::new().name("render".into()).spawn(move || thread.run(&mailbox))
}

struct RenderThread {
    source: Box<dyn FrameSource>,
    is_live: bool,
    has_scene: bool,
    open_another: OpenSource,
    /// Pictures of other scenes on their way: as many as there are seats for such requests.
    asides: VecDeque<Aside>,
    lanes: BTreeMap<ViewId, Lane>,
    fps: f64,
    /// How much of each side of a picture is drawn.
    scale: f64,
    /// From the first size to the second.
    scaler: Option<([u32; 2], [u32; 2], Scaler)>,
    counts: Counts,
    doubler: Doubler,
    pool: Pool,
    card: Option<Card>,
    /// When the frames of the last second were finished.
    recent: VecDeque<Instant>,
}

impl RenderThread {
    fn run(&mut self, mailbox: &Mailbox) {
        loop {
            let now = Instant::now();
            let mut deadline = self.lanes.values().filter_map(|lane| lane.due(now)).min();
            if !self.asides.is_empty() {
                deadline = Some(now);
            }
            let Some(mail) = mailbox.wait(deadline) else { return };
            self.take(mail);
            if let Some(id) = self.next(Instant::now()) {
                self.draw(id);
            }
            // A step at a time: viewers come first.
            if let Some(aside) = self.asides.pop_front()
                && let Some(aside) = aside.step(&self.open_another)
            {
                self.asides.push_front(aside);
            }
        }
    }

    fn take(&mut self, mail: Mail) {
        let now = Instant::now();
        let mut is_changed = mail.content.is_some();
        if let Some(content) = mail.content {
            self.change(content);
        }
        if let Some((scene, changes)) = mail.changed {
            is_changed = true;
            self.change_scene(scene, &changes);
        }
        if let Some(prims) = mail.selected {
            // Sources without prims have nothing to outline.
            is_changed |= self.source.apply(&Command::Select(prims)).is_ok();
        }
        if let Some(effort) = mail.effort {
            is_changed |= self.spend(effort);
        }
        for order in mail.orders {
            is_changed |= self.execute(order);
        }
        for (id, outlets) in mail.begun {
            self.lanes.insert(id, Lane::new(outlets, self.fps));
        }
        for id in mail.ended {
            self.lanes.remove(&id);
            self.source.forget(id.0);
        }
        for (id, view) in mail.views {
            if let Some(lane) = self.lanes.get_mut(&id) {
                lane.look(view, now);
            }
        }
        if is_changed {
            self.lanes.values_mut().for_each(|lane| lane.touch(now));
        }
    }

    /// Pictures may be so much work; true if they may look different now.
    fn spend(&mut self, effort: Effort) -> bool {
        if effort.fps != self.fps {
            self.fps = effort.fps;
            self.lanes.values_mut().for_each(|lane| lane.hold_to(effort.fps));
        }
        let before = std::mem::replace(&mut self.scale, effort.scale);
        if before != self.scale {
            self.lanes.values_mut().for_each(|lane| lane.motion = Motion::default());
        }
        before != self.scale
    }

    /// Of the views that are due, the one whose last frame is oldest.
    fn next(&self, now: Instant) -> Option<ViewId> {
        let due = self.lanes.iter().filter(|(_, lane)| lane.due(now).is_some_and(|due| due <= now));
        due.min_by_key(|(_, lane)| lane.drawn_at()).map(|(id, _)| *id)
    }

    fn change(&mut self, content: mailbox::Content) {
        match content {
            mailbox::Content::Scene(scene, _) => match self.source.load(scene) {
                Ok(()) => {
                    self.has_scene = true;
                    self.card = None;
                    self.lanes.values_mut().for_each(|lane| lane.motion = Motion::default());
                }
                Err(error) => self.card = Some(Card::failed("The stage cannot be drawn", &error)),
            },
            mailbox::Content::Card(card) => self.card = Some(card),
        }
    }

    /// The same stage at another time or after an edit. What was drawn last is no picture of it.
    fn change_scene(&mut self, scene: Arc<Scene>, changes: &Changes) {
        let done = match changes {
            Changes::All => self.source.load(scene),
            Changes::Rows(rows) => self.source.change(scene, rows),
        };
        if let Err(error) = done {
            self.card = Some(Card::failed("The stage cannot be drawn", &error));
        }
        self.lanes.values_mut().for_each(|lane| lane.exact = None);
    }

    /// Does what was asked; true if pictures may look different now. Whoever asked may be gone; that is theirs.
    fn execute(&mut self, order: Order) -> bool {
        match order {
            Order::Ask { id, view, question, reply } => {
                drop(reply.send(self.ask(id, &view, &question)));
                false
            }
            Order::Aside { scene: None, view, reply } => {
                drop(reply.send(draw_aside(self.source.as_mut(), &view)));
                false
            }
            Order::Aside { scene: Some(scene), view, reply } => {
                self.asides.push_back(Aside::new(scene, view, reply));
                false
            }
        }
    }

    /// What is seen in a view: in its last picture if that is the one that is meant, else in one drawn for it.
    fn ask(&mut self, id: ViewId, view: &View, question: &Command) -> Result<Outcome, RenderError> {
        let is_last = self.lanes.get(&id).is_some_and(|lane| lane.exact == Some((view.version, view.size)));
        if is_last {
            self.source.turn_to(id.0);
            return self.source.apply(question);
        }
        aside(self.source.as_mut(), |source| {
            source.render(&View { samples: 1, ..view.clone() })?;
            source.apply(question)
        })
    }

    /// Draws and hands out one frame of a view; it is due again if the next one would be better or different.
    fn draw(&mut self, id: ViewId) {
        let start = Instant::now();
        let Some(lane) = self.lanes.get_mut(&id) else { return };
        let Some(view) = lane.view.clone() else { return };
        let asked = lane.start(start);
        let (mut is_reduced, mut is_whole) = (false, false);
        let (picture, content) = if self.card.is_none() && (self.has_scene || self.is_live) {
            match self.draw_source(id, &view) {
                Ok(drawn) => {
                    (is_reduced, is_whole) = (drawn.is_reduced, drawn.is_whole);
                    let picture = drawn.picture;
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
        if let Some(lane) = self.lanes.get_mut(&id) {
            lane.exact = is_whole.then_some((view.version, view.size));
        }
        let goes_on = content == Content::Source && (picture.refining || self.is_live);
        if is_worth_showing(&picture) {
            self.hand_out(id, picture, content, is_reduced, &view, [asked, start]);
        }
        if let Some(lane) = self.lanes.get_mut(&id) {
            lane.goes_on(goes_on);
        }
    }

    /// The source's picture at its size, drawn with as many pixels as are worth it.
    fn draw_source(&mut self, id: ViewId, view: &View) -> Result<Drawn, RenderError> {
        self.source.turn_to(id.0);
        let whole = if self.is_live { view.size } else { scaled(view.size, self.scale) };
        let lane = self.lanes.get_mut(&id).filter(|_| view.samples <= 1 && !self.is_live);
        let start = Instant::now();
        let size = lane.as_ref().map_or(whole, |lane| lane.motion.size(whole));
        let picture = self.source.render(&View { size, ..view.clone() })?;
        if let Some(lane) = lane {
            lane.motion.drew(start.elapsed());
        }
        let is_reduced = size != whole;
        if size == view.size {
            return Ok(Drawn { picture, is_reduced, is_whole: true });
        }
        let mut pixels = self.pool.take(view.size[0] as usize * view.size[1] as usize * 4);
        if let Some(pixels) = Arc::get_mut(&mut pixels) {
            if size.map(|side| side * 2) == view.size {
                self.doubler.double(&picture.pixels, size, pixels);
            } else {
                let known = self.scaler.take().filter(|(from, to, _)| (*from, *to) == (size, view.size));
                let (.., scaler) = self
                    .scaler
                    .insert(known.unwrap_or_else(|| (size, view.size, Scaler::new(size, view.size))));
                let enlarged = scaler.scale(&picture.pixels);
                if enlarged.len() == pixels.len() {
                    pixels.copy_from_slice(enlarged);
                }
            }
        }
        self.pool.keep(pixels.clone());
        Ok(Drawn { picture: Picture { pixels, size: view.size, ..picture }, is_reduced, is_whole: false })
    }

    fn hand_out(
        &mut self,
        id: ViewId,
        picture: Picture,
        content: Content,
        is_reduced: bool,
        view: &View,
        [asked, start]: [Instant; 2],
    ) {
        let Some(lane) = self.lanes.get_mut(&id) else { return };
        lane.number = lane.number.wrapping_add(1);
        let at = Instant::now();
        let timings = Timings { queue: start - asked, render: at - start, ..Timings::default() };
        let frame = Frame {
            number: lane.number,
            size: picture.size,
            pixels: picture.pixels,
            view_version: view.version,
            timings,
        };
        let (samples, is_refining) = (picture.samples, picture.refining);
        let shown = Shown { frame, content, at, samples, is_refining, is_reduced };
        self.recent.push_back(at);
        while self.recent.front().is_some_and(|&first| at - first > Duration::from_secs(1)) {
            self.recent.pop_front();
        }
        self.counts.rate.store(u32::try_from(self.recent.len()).unwrap_or(u32::MAX), Ordering::Relaxed);
        self.counts.made.fetch_add(1, Ordering::Relaxed);

        // Last: whoever waits for a frame finds it counted.
        if let Some(lane) = self.lanes.get(&id) {
            lane.outlets.encode.iter().for_each(|slot| slot.put(shown.clone()));
            lane.outlets.shown.send_replace(Some(shown));
        }
    }
}

/// A picture of the source.
struct Drawn {
    picture: Picture,
    /// It has fewer pixels than it might, because the machine would not keep up with the hand otherwise.
    is_reduced: bool,
    /// Each of its pixels was drawn.
    is_whole: bool,
}

/// Columns and rows that are drawn of a picture of `full`: whole fours, so that they can be halved while it moves.
fn scaled(full: [u32; 2], scale: f64) -> [u32; 2] {
    if scale >= 1.0 {
        return full;
    }
    full.map(|side| ((f64::from(side) * scale / 4.0).round() as u32 * 4).clamp(16, side.max(16)))
}

/// A still picture refines by many samples; showing each would cost an encode for a difference that nobody sees.
fn is_worth_showing(picture: &Picture) -> bool {
    !picture.refining || picture.samples.is_power_of_two() && picture.samples != 2
}

/// One finished picture, however many samples it takes.
fn draw_aside(source: &mut dyn FrameSource, view: &View) -> Result<Picture, RenderError> {
    aside(source, |source| {
        loop {
            match source.render(view) {
                Ok(picture) if picture.refining => {}
                finished => break finished,
            }
        }
    })
}

/// Does something on a canvas of its own.
fn aside<T>(source: &mut dyn FrameSource, act: impl FnOnce(&mut dyn FrameSource) -> T) -> T {
    source.turn_to(ASIDE);
    let done = act(source);
    source.forget(ASIDE);
    done
}
