//! The views that are drawn and encoded now: begun and ended by the hub, watched by viewers.
//!
//! Each view has an encode thread of its own and a stream; the shared one is there from the start to the end. A view
//! that nobody watches is not drawn, unless it is the shared one.

use std::collections::BTreeMap;
use std::sync::Arc;

use telestage_media::{Rendition, encoder};
use telestage_session::{Input, ViewId};
use tokio::sync::{mpsc, watch};

use crate::net::stream::{self, Feed, RtpClock, Stream};
use crate::pipeline::encode::{self, FrameSent};
use crate::pipeline::lane::LaneOutlets;
use crate::pipeline::latest::Latest;
use crate::pipeline::mailbox::Mailbox;
use crate::pipeline::meters::Meters;
use crate::pipeline::render::Shown;

/// Where viewers of one view get their pictures.
#[derive(Clone)]
pub struct Tap {
    /// Encoded, for all.
    pub stream: Stream,
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
    /// Size, rate and bitrate to start with.
    pub rendition: Rendition,
    /// One clock for all views, so that a viewer may go from one to another.
    pub clock: RtpClock,
    /// Counts all.
    pub meters: Arc<Meters>,
    /// News of frames.
    pub sent: mpsc::Sender<FrameSent>,
}

/// The views, as their owner sees them.
pub struct Lanes {
    plan: Plan,
    mailbox: Mailbox,
    taps: watch::Sender<Taps>,
    slots: BTreeMap<ViewId, Latest<Shown>>,
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
        self.taps.borrow().get(&view).map(|tap| Feed { view: view.0, stream: tap.stream.clone() })
    }

    /// Prepares a view. If it cannot be encoded, `failed` hears of it.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn begin(&mut self, view: ViewId, failed: mpsc::Sender<Input>) -> std::io::Result<()> {
        let frames = Latest::default();
        let (wake, draw) = (frames.clone(), self.mailbox.clone());
        let on_demand = Arc::new(move || {
            wake.nudge();
            draw.nudge();
        });
        let (publisher, stream) = stream::channel(on_demand, self.plan.clock);
        let shown = Arc::new(watch::Sender::new(None));
        let outlets =
            LaneOutlets { encode: frames.clone(), shown: shown.clone(), watched: Some(stream.clone()) };
        let plan = self.plan.clone();
        let open = move || {
            let opened = encoder::open(&plan.encoder, &plan.rendition);
            opened.inspect_err(|error| {
                let message = format!("there is no encoder for another view: {error}");
                // A hub that has ended needs no news.
                drop(failed.blocking_send(Input::ViewLost { view, message }));
            })
        };
        let Plan { rendition, meters, sent, .. } = self.plan.clone();
        // It ends with its slot; nobody waits for it.
        drop(encode::start(view, open, rendition, frames.clone(), publisher, meters, sent)?);
        self.mailbox.begin(view, outlets);
        self.slots.insert(view, frames);
        self.taps.send_modify(|taps| {
            taps.insert(view, Tap { stream, shown });
        });
        Ok(())
    }

    /// Nobody watches this view any more.
    pub fn end(&mut self, view: ViewId) {
        self.mailbox.end(view);
        if let Some(slot) = self.slots.remove(&view) {
            slot.close();
        }
        self.taps.send_modify(|taps| {
            taps.remove(&view);
        });
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        for slot in self.slots.values() {
            slot.close();
        }
    }
}
