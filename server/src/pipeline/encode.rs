//! The encode thread of a view: owns its encoder and the producer's end of its stream.
//!
//! One frame in, one access unit out, for all viewers of the view together. It sleeps while nobody watches and while nothing
//! changes; a viewer who joins a still picture gets the last frame again, as a keyframe. Where the viewers' links bound
//! the stream, it makes fewer bits, fewer pictures, smaller ones ([`Ladder`]).

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use telestage_media::{EncodeError, Encoder, Rendition, Timings};
use telestage_session::ViewId;
use tokio::sync::mpsc;

use crate::net::PeerId;
use crate::net::stream::Publisher;
use crate::pipeline::ladder::{Ladder, SHARE};
use crate::pipeline::latest::{Latest, Waited};
use crate::pipeline::meters::Meters;
use crate::pipeline::pace::Pace;
use crate::pipeline::render::Shown;

/// Time between two encodings of a still picture that is not finished yet: each spends bits on what the last one left
/// blurred.
const SETTLE_INTERVAL: Duration = Duration::from_millis(100);
/// A browser that saw no frame for 3 s asks for a keyframe, which costs far more than this often the same one again.
const KEEP_ALIVE: Duration = Duration::from_secs(2);
/// Time between two tries at a keyframe.
const RETRY_INTERVAL: Duration = Duration::from_millis(10);
/// Longest sleep. Every reason to wake comes with a call; this one only bounds a mistake.
const FOREVER: Duration = Duration::from_secs(3600);

/// An access unit that left for the viewers.
#[derive(Clone, Copy, Debug)]
pub struct FrameSent {
    /// Whose picture.
    pub view: ViewId,
    /// Which of the view's renditions; 0 is the best.
    pub rendition: u8,
    /// The one viewer that gets it; `None`: all that watch the view.
    pub viewer: Option<PeerId>,
    /// The frame's number.
    pub number: u32,
    /// What the browser's `requestVideoFrameCallback` will report.
    pub rtp_timestamp: u32,
    /// The view that it shows.
    pub view_version: u64,
    /// Where the time went.
    pub timings: Timings,
    /// Columns and rows.
    pub size: [u32; 2],
    /// Bits sent within the last second.
    pub bitrate_bps: f64,
    /// Samples for each pixel.
    pub samples: u32,
    /// A better one follows.
    pub is_refining: bool,
    /// Drawn with fewer pixels than it has.
    pub is_reduced: bool,
    /// The network keeps it from being better.
    pub is_bound: bool,
}

/// The encoder is told of a bitrate that differs by this share.
const RETUNE: f64 = 0.05;

/// Which encode thread: a view's rendition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Which {
    /// The view.
    pub view: ViewId,
    /// Its rendition; 0 is the best.
    pub rendition: u8,
}

/// Starts the thread of a rendition, which opens its encoder when the first viewer comes, and ends if there is none. `full` is what the stream is
/// where no link bounds it. News of each frame go to `sent`; if the hub is behind, it misses news, never the encoder a
/// frame.
///
/// # Errors
/// If the system gives no thread.
pub fn start(
    which: Which,
    open: impl FnOnce() -> Result<Box<dyn Encoder>, EncodeError> + Send + 'static,
    full: Rendition,
    frames: Latest<Shown>,
    publisher: Publisher,
    meters: Arc<Meters>,
    sent: mpsc::Sender<FrameSent>,
) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("encode".into()).spawn(move || {
        let mut last = None;
        while publisher.readers() == 0 {
            match frames.wait(FOREVER) {
                Waited::Closed => return,
                Waited::New(shown) => last = Some(shown),
                Waited::Nothing => {}
            }
        }
        let Ok(encoder) = open() else { return };
        let mut thread = EncodeThread {
            which,
            encoder,
            full,
            rendition: full,
            ladder: Ladder::default(),
            pace: Pace::new(full.fps.into()),
            publisher,
            meters,
            sent,
            is_pending: last.is_some(),
            last,
            encoded: None,
            recent: VecDeque::new(),
        };
        thread.run(&frames);
    })
}

struct EncodeThread {
    which: Which,
    encoder: Box<dyn Encoder>,
    full: Rendition,
    /// What the encoder is set to.
    rendition: Rendition,
    ladder: Ladder,
    pace: Pace,
    /// The last frame waits for its turn.
    is_pending: bool,
    publisher: Publisher,
    meters: Arc<Meters>,
    sent: mpsc::Sender<FrameSent>,
    last: Option<Shown>,
    /// When a frame was encoded last.
    encoded: Option<Instant>,
    /// When and how many bytes were sent within the last second.
    recent: VecDeque<(Instant, usize)>,
}

impl EncodeThread {
    fn run(&mut self, frames: &Latest<Shown>) {
        loop {
            let waited = frames.wait(self.patience());
            match waited {
                Waited::Closed => return,
                Waited::New(shown) => {
                    self.last = Some(shown);
                    self.is_pending = true;
                }
                Waited::Nothing => {}
            }
            let Some(shown) = self.last.clone() else { continue };
            if self.publisher.readers() == 0 {
                continue;
            }
            if let Err(error) = self.follow_links(shown.frame.size) {
                tracing::error!(%error, "stream not changed");
            }
            let want_key = self.publisher.wants_key(Instant::now());
            let has_turn = self.is_pending && self.turn_in().is_zero();
            let is_due = has_turn || want_key || self.is_settling() || self.silence_left().is_zero();
            if is_due && let Err(error) = self.encode(&shown, want_key) {
                tracing::error!(%error, frame = shown.frame.number, "frame not encoded");
            }
        }
    }

    fn is_settling(&self) -> bool {
        self.encoder.refines() && self.encoded.is_none_or(|at| at.elapsed() >= SETTLE_INTERVAL)
    }

    /// How long to wait for a new frame before the last one is worth encoding again.
    fn patience(&self) -> Duration {
        if self.last.is_none() || self.publisher.readers() == 0 {
            FOREVER
        } else if self.is_pending && !self.publisher.is_key_pending() {
            self.turn_in()
        } else if self.publisher.is_key_pending() {
            // Not at once again if the encoder refused.
            self.publisher.key_due_in(Instant::now()).max(RETRY_INTERVAL)
        } else if self.encoder.refines() {
            self.left_of(SETTLE_INTERVAL)
        } else {
            self.silence_left()
        }
    }

    /// How long a new frame waits, because the links carry fewer than there are.
    fn turn_in(&self) -> Duration {
        let now = Instant::now();
        if self.rendition.fps >= self.full.fps {
            return Duration::ZERO;
        }
        self.pace.next(now).saturating_duration_since(now)
    }

    /// Sets the encoder to what the viewers' links carry of pictures of `size`.
    fn follow_links(&mut self, size: [u32; 2]) -> Result<(), EncodeError> {
        self.full.size = size;
        let bound = self.publisher.bounds().lowest_useful(f64::from(self.full.bitrate_bps) / SHARE);
        let wanted = self.ladder.step(Instant::now(), &self.full, bound);
        let (now, then) = (f64::from(self.rendition.bitrate_bps), f64::from(wanted.bitrate_bps));
        let is_same = wanted.size == self.rendition.size && wanted.fps == self.rendition.fps;
        let is_full = wanted.bitrate_bps == self.full.bitrate_bps;
        if is_same && (wanted == self.rendition || !is_full && (then - now).abs() <= RETUNE * now) {
            return Ok(());
        }
        tracing::debug!(size = ?wanted.size, fps = wanted.fps, bps = wanted.bitrate_bps, "stream changes");
        self.encoder.configure(&wanted)?;
        if wanted.fps != self.rendition.fps {
            self.pace = Pace::new(wanted.fps.into());
        }
        self.rendition = wanted;
        Ok(())
    }

    /// How much longer viewers may go without a frame.
    fn silence_left(&self) -> Duration {
        self.left_of(KEEP_ALIVE)
    }

    /// What is left of `interval`, counted from the last encoding.
    fn left_of(&self, interval: Duration) -> Duration {
        self.encoded.map_or(Duration::ZERO, |at| interval.saturating_sub(at.elapsed()))
    }

    fn encode(&mut self, shown: &Shown, want_key: bool) -> Result<(), EncodeError> {
        let start = Instant::now();
        self.encoded = Some(start);
        self.is_pending = false;
        self.pace.start(start);
        let packet = Arc::new(self.encoder.encode(&shown.frame, want_key)?);
        self.meters.count(&packet);
        let bitrate_bps = self.count(start, packet.data.len());
        self.publisher.note_bitrate(bitrate_bps);
        let sent = FrameSent {
            view: self.which.view,
            rendition: self.which.rendition,
            viewer: None,
            number: packet.frame,
            view_version: packet.view_version,
            timings: packet.timings,
            size: packet.size,
            bitrate_bps,
            samples: shown.samples,
            is_refining: shown.is_refining,
            is_reduced: shown.is_reduced,
            is_bound: is_bound(&self.rendition, &self.full),
            rtp_timestamp: self.publisher.publish(packet, start),
        };
        // A full queue means that the hub has old news to read first; this one is not worth waiting for.
        let _ = self.sent.try_send(sent);
        Ok(())
    }

    /// Bits sent within the last second.
    fn count(&mut self, now: Instant, bytes: usize) -> f64 {
        self.recent.push_back((now, bytes));
        while self.recent.front().is_some_and(|&(at, _)| now - at > Duration::from_secs(1)) {
            self.recent.pop_front();
        }
        self.recent.iter().map(|&(_, bytes)| bytes as f64 * 8.0).sum()
    }
}

fn is_bound(now: &Rendition, full: &Rendition) -> bool {
    now.bitrate_bps < full.bitrate_bps || now.fps < full.fps || now.size != full.size
}
