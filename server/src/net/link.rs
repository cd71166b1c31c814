//! The two ends of what connects the hub to one viewer's task: texts, pictures, the end. All bounded, nobody waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

use super::channel::Channel;
use super::event::CloseReason;
use super::peer::Order;
use super::stream::Feed;

/// Texts for one client's `control` channel that wait at most; one more closes that viewer.
pub const CONTROL_QUEUE: usize = 256;

/// Why a text was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// No such peer, any more.
    #[error("the peer is gone")]
    Gone,
    /// Its offer had no data channels.
    #[error("the peer has no data channels")]
    NoData,
    /// Its queue was full; it is being closed.
    #[error("the peer does not read its messages and is closed")]
    Deaf,
}

/// A session that WHEP began.
pub struct Resource {
    /// Its unguessable name in URLs.
    pub name: String,
    /// Changes with each ICE restart.
    pub etag: String,
    /// What HTTP asks of the peer.
    pub orders: mpsc::Sender<Order>,
}

/// The hub's end.
pub struct Link {
    /// How WHEP finds it, if that is how it came.
    pub resource: Option<Resource>,
    has_data: bool,
    is_here: Arc<AtomicBool>,
    control: mpsc::Sender<Arc<str>>,
    motion: watch::Sender<Option<Arc<str>>>,
    video: watch::Sender<Option<Feed>>,
    close: watch::Sender<Option<CloseReason>>,
}

/// The viewer's end.
pub struct Seat {
    /// To the client, in order.
    pub control: mpsc::Receiver<Arc<str>>,
    /// To the client, the newest only.
    pub motion: watch::Receiver<Option<Arc<str>>>,
    /// Whose pictures flow, if any.
    pub video: watch::Receiver<Option<Feed>>,
    /// Set once, to end it.
    pub close: watch::Receiver<Option<CloseReason>>,
}

/// A viewer's place, which it takes when it comes and leaves when it goes.
pub struct Place {
    is_here: Arc<AtomicBool>,
    places: Arc<Semaphore>,
    taken: Option<OwnedSemaphorePermit>,
}

impl Place {
    /// Something came that only this client can have sent: it is here. False if there is no place.
    pub fn take(&mut self) -> bool {
        if self.taken.is_none() {
            self.taken = self.places.clone().try_acquire_owned().ok();
            self.is_here.store(self.taken.is_some(), Ordering::Relaxed);
        }
        self.taken.is_some()
    }
}

impl Link {
    /// Both ends for a viewer that sees `feed` at first, and the one of `places` that it takes when it comes.
    #[must_use]
    pub fn new(
        has_data: bool,
        resource: Option<Resource>,
        feed: Feed,
        places: Arc<Semaphore>,
    ) -> (Self, Seat, Place) {
        let (control, control_out) = mpsc::channel(CONTROL_QUEUE);
        let (motion, motion_out) = watch::channel(None);
        let (video, video_out) = watch::channel(Some(feed));
        let (close, close_out) = watch::channel(None);
        let is_here = Arc::<AtomicBool>::default();
        let seat = Seat { control: control_out, motion: motion_out, video: video_out, close: close_out };
        let place = Place { is_here: is_here.clone(), places, taken: None };
        (Self { resource, has_data, is_here, control, motion, video, close }, seat, place)
    }

    /// Whether the client has shown that it exists.
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.is_here.load(Ordering::Relaxed)
    }

    /// Sends a text without waiting. On `motion` only the newest counts: one that was not sent yet is replaced. On
    /// `control` a full queue ends the viewer.
    ///
    /// # Errors
    /// [`SendError`]: nobody will read it.
    pub fn send(&self, channel: Channel, text: Arc<str>) -> Result<(), SendError> {
        if !self.has_data {
            return Err(SendError::NoData);
        }
        match channel {
            Channel::Motion => {
                self.motion.send_replace(Some(text));
                Ok(())
            }
            Channel::Control => self.control.try_send(text).map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => {
                    self.end(CloseReason::Deaf);
                    SendError::Deaf
                }
                mpsc::error::TrySendError::Closed(_) => SendError::Gone,
            }),
        }
    }

    /// Another view's pictures from now on, or none.
    pub fn watch(&self, feed: Option<Feed>) {
        self.video.send_replace(feed);
    }

    /// Resolves when the viewer's task has let go of its end.
    pub fn ended(&self) -> impl Future<Output = ()> + Send + use<> {
        let control = self.control.clone();
        async move { control.closed().await }
    }

    /// Ends the viewer; the first reason counts.
    pub fn end(&self, reason: CloseReason) {
        self.close.send_if_modified(|close| {
            let is_first = close.is_none();
            if is_first {
                *close = Some(reason);
            }
            is_first
        });
    }
}

/// Resolves with the reason when the viewer is to end.
pub async fn closed(close: &mut watch::Receiver<Option<CloseReason>>) -> CloseReason {
    match close.wait_for(Option::is_some).await {
        Ok(reason) => reason.clone().unwrap_or(CloseReason::Shutdown),
        Err(_) => CloseReason::Shutdown,
    }
}
