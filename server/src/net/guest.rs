//! A viewer that comes by another way than WebRTC: its place among the peers, for a task elsewhere that carries its
//! texts and pictures. To the hub it is a peer like any other.

use super::channel::{Channel, Rejection};
use super::endpoint::{AcceptError, Endpoint};
use super::event::{CloseReason, PeerEvent, PeerId};
use super::link::{Place, Seat};

/// The place of one viewer. Dropping it tells the hub that the viewer is gone.
pub struct Guest {
    peer: PeerId,
    place: Place,
    /// Taken by the task that serves it.
    seat: Option<Seat>,
    endpoint: Endpoint,
    reason: CloseReason,
}

impl Guest {
    /// Will have a place when something is heard of it.
    ///
    /// # Errors
    /// There is none, or the server stops.
    pub fn enter(endpoint: &Endpoint) -> Result<Self, AcceptError> {
        endpoint.check_room()?;
        let (link, seat, place) = endpoint.link(true, None);
        let peer = endpoint.enter(link)?;
        Ok(Self { peer, place, seat: Some(seat), endpoint: endpoint.clone(), reason: CloseReason::Gone })
    }

    /// Who it is.
    #[must_use]
    pub fn peer(&self) -> PeerId {
        self.peer
    }

    /// What is for it; once.
    pub fn take_seat(&mut self) -> Option<Seat> {
        self.seat.take()
    }

    /// It can speak and be spoken to now. False if the server stops.
    pub async fn open(&self) -> bool {
        self.tell(PeerEvent::Opened { peer: self.peer, has_data: true }).await
            && self.tell(PeerEvent::ChannelOpen { peer: self.peer, channel: Channel::Control }).await
    }

    /// Something was heard of it: it takes its place. False if there is none.
    pub fn comes(&mut self) -> bool {
        self.place.take()
    }

    /// It said something. Waits while the hub is busy: a client that says too much waits itself. False if the server
    /// stops.
    pub async fn said(&self, text: String) -> bool {
        self.tell(PeerEvent::Message { peer: self.peer, channel: Channel::Control, text }).await
    }

    /// It said something that is not handed on.
    pub async fn rejected(&self, rejection: Rejection) -> bool {
        self.tell(PeerEvent::Rejected { peer: self.peer, channel: Channel::Control, rejection }).await
    }

    /// Why it leaves, once it does.
    pub fn leaves(&mut self, reason: CloseReason) {
        self.reason = reason;
    }

    async fn tell(&self, event: PeerEvent) -> bool {
        self.endpoint.events().send(event).await.is_ok()
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let (endpoint, peer, reason) = (self.endpoint.clone(), self.peer, self.reason.clone());
        // Outside of a runtime the server has ended, and nobody listens.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { endpoint.leave(peer, reason).await });
        }
    }
}
