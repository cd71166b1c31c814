//! The views that are drawn and encoded now: begun and ended by the hub, watched by viewers.
//!
//! Each view has renditions: a stream and an encode thread each, asleep while nobody needs them. The shared view is there from the start to the end. A view
//! that nobody watches is not drawn, unless it is the shared one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;

use telestage_media::{EncodeError, Encoder, Rendition, encoder};
use telestage_session::{Input, ViewId};
use tokio::sync::{mpsc, watch};

use crate::net::stream::{self, Feed, RtpClock, Stream};
use crate::pipeline::encode::{self, FrameSent, Which};
use crate::pipeline::lane::LaneOutlets;
use crate::pipeline::latest::Latest;
use crate::pipeline::mailbox::Mailbox;
use crate::pipeline::meters::Meters;
use crate::pipeline::render::Shown;

/// Where viewers of one view get their pictures.
#[derive(Clone)]
pub struct Tap {
    /// Its renditions, the best first.
    pub streams: Arc<[Stream]>,
    /// The last frame.
    pub shown: Arc<watch::Sender<Option<Shown>>>,
}

/// All taps, as others may read them.
pub type Taps = BTreeMap<ViewId, Tap>;

/// What every encode thread gets.
#[derive(Clone)]
pub struct Plan {
    /// `--encoder`.
    pub encoder: String,
    /// Size, rate and bitrate where nothing limits them.
    pub full: Rendition,
    /// Renditions of each view at most; 1 or more.
    pub renditions: u8,
    /// One clock for all views, so that a viewer may go from one to another.
    pub clock: RtpClock,
    /// Counts all.
    pub meters: Arc<Meters>,
    /// News of frames.
    pub sent: mpsc::Sender<FrameSent>,
}

/// A view that was begun: what viewers get, what the render thread fills, the threads between them.
pub struct Begun {
    /// What viewers get.
    pub tap: Tap,
    /// Where the render thread puts frames.
    pub outlets: LaneOutlets,
    /// One for each rendition.
    pub threads: Vec<JoinHandle<()>>,
}

/// Makes what a view needs. `wake` is called when somebody begins to watch; `open` opens an encoder.
///
/// # Errors
/// If the system gives no thread.
pub fn begin(
    plan: &Plan,
    view: ViewId,
    wake: &Arc<dyn Fn() + Send + Sync>,
    open: impl Fn() -> Result<Box<dyn Encoder>, EncodeError> + Clone + Send + 'static,
) -> std::io::Result<Begun> {
    let (mut streams, mut slots, mut threads) = (Vec::new(), Vec::new(), Vec::new());
    for rendition in 0..plan.renditions.max(1) {
        let frames = Latest::default();
        let (nudge, wake) = (frames.clone(), wake.clone());
        let on_demand = Arc::new(move || {
            nudge.nudge();
            wake();
        });
        let (publisher, stream) = stream::channel(on_demand, plan.clock);
        let Plan { full, meters, sent, .. } = plan.clone();
        let which = Which { view, rendition };
        threads.push(encode::start(which, open.clone(), full, frames.clone(), publisher, meters, sent)?);
        streams.push(stream);
        slots.push(frames);
    }
    let tap = Tap { streams: streams.into(), shown: Arc::new(watch::Sender::new(None)) };
    let watched = (view != ViewId::SHARED).then(|| tap.streams.clone());
    let outlets = LaneOutlets { encode: slots, shown: tap.shown.clone(), watched };
    Ok(Begun { tap, outlets, threads })
}

/// The views, as their owner sees them.
pub struct Lanes {
    plan: Plan,
    mailbox: Mailbox,
    taps: watch::Sender<Taps>,
    slots: BTreeMap<ViewId, Vec<Latest<Shown>>>,
}

impl Lanes {
    /// With the shared view, whose threads run already.
    #[must_use]
    pub fn new(plan: Plan, mailbox: Mailbox, shared: Tap) -> Self {
        let taps = watch::Sender::new(Taps::from([(ViewId::SHARED, shared)]));
        Self { plan, mailbox, taps, slots: BTreeMap::new() }
    }

    /// What viewers may watch.
    #[must_use]
    pub fn taps(&self) -> watch::Receiver<Taps> {
        self.taps.subscribe()
    }

    /// What a viewer of `view` gets; nothing if it has ended.
    #[must_use]
    pub fn feed(&self, view: ViewId) -> Option<Feed> {
        self.taps.borrow().get(&view).map(|tap| Feed { view: view.0, streams: tap.streams.clone() })
    }

    /// Prepares a view of a client's own. If it cannot be encoded, `failed` hears of it.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn begin(&mut self, view: ViewId, failed: mpsc::Sender<Input>) -> std::io::Result<()> {
        let mailbox = self.mailbox.clone();
        let wake: Arc<dyn Fn() + Send + Sync> = Arc::new(move || mailbox.nudge());
        let Plan { encoder, full, .. } = self.plan.clone();
        let open = move || {
            encoder::open(&encoder, &full).inspect_err(|error| {
                let message = format!("there is no encoder for another view: {error}");
                // A hub that has ended needs no news.
                drop(failed.blocking_send(Input::ViewLost { view, message }));
            })
        };
        // The threads end with their slots; nobody waits for them.
        let Begun { tap, outlets, threads: _ } = begin(&self.plan, view, &wake, open)?;
        self.slots.insert(view, outlets.encode.clone());
        self.mailbox.begin(view, outlets);
        self.taps.send_modify(|taps| {
            taps.insert(view, tap);
        });
        Ok(())
    }

    /// Nobody watches this view any more.
    pub fn end(&mut self, view: ViewId) {
        self.mailbox.end(view);
        for slot in self.slots.remove(&view).iter().flatten() {
            slot.close();
        }
        self.taps.send_modify(|taps| {
            taps.remove(&view);
        });
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        for slot in self.slots.values().flatten() {
            slot.close();
        }
    }
}
