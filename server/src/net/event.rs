//! What the hub hears of peers.

use std::fmt;

use super::channel::{Channel, Rejection};

/// Names one peer for the life of the server; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PeerId(pub u64);

impl fmt::Display for PeerId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "p{}", self.0)
    }
}

/// What the hub hears.
#[derive(Debug, PartialEq, Eq)]
pub enum PeerEvent {
    /// Encrypted; video flows if it was asked for.
    Opened {
        /// Who.
        peer: PeerId,
        /// Whether its offer has data channels; `hello` may come.
        has_data: bool,
    },
    /// A channel is open in both directions. Texts sent before are on their way.
    ChannelOpen {
        /// Whose.
        peer: PeerId,
        /// Which.
        channel: Channel,
    },
    /// A text of at most [`super::MESSAGE_MAX`] bytes. On `control` none is lost or out of order.
    Message {
        /// Whose.
        peer: PeerId,
        /// By which way.
        channel: Channel,
        /// As sent.
        text: String,
    },
    /// A message that is not handed on; the client deserves an answer.
    Rejected {
        /// Whose.
        peer: PeerId,
        /// By which way.
        channel: Channel,
        /// Why.
        rejection: Rejection,
    },
    /// It gets this rendition of its view from now on; the best one, 0, until it says so.
    Rendition {
        /// Whose.
        peer: PeerId,
        /// Which.
        rendition: u8,
    },
    /// Gone, with all that belonged to it. Comes once for every peer that was accepted, opened or not.
    Closed {
        /// Who.
        peer: PeerId,
        /// Why.
        reason: CloseReason,
    },
}

/// Why a peer ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CloseReason {
    /// The client closed the connection.
    #[error("the client closed the connection")]
    Gone,
    /// Nothing came from it any more.
    #[error("the client was lost")]
    Lost,
    /// It got an answer and never connected.
    #[error("the client never connected")]
    NeverConnected,
    /// The same, and too many did.
    #[error("the client had not connected when too many waited")]
    Displaced,
    /// The last place was taken while it connected.
    #[error("all places for viewers are taken")]
    Full,
    /// It does not read its `control` channel.
    #[error("the client does not read its messages")]
    Deaf,
    /// It sent more than could be read.
    #[error("the client sent too many messages")]
    Flood,
    /// `DELETE`, or [`super::Endpoint::close`].
    #[error("the session was ended")]
    Ended,
    /// The server stops.
    #[error("the server stops")]
    Shutdown,
    /// A defect: the peer's task failed.
    #[error("internal failure: {0}")]
    Failed(String),
}
