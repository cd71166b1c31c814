//! Viewers over WebRTC: one UDP port and the TCP port of the same number, one task for each peer, one encoded stream
//! for all.
//!
//! The way of a frame: an encode thread publishes to [`stream`]; each [`peer`] task wakes, lets its [`connection`]
//! encrypt, and writes to the one [`socket`] or to its own TCP [`line`]. The way of an intent: [`demux`] reads the
//! socket and finds the peer, whose connection decrypts; the text goes to the hub as a [`PeerEvent`]. [`whep`] is the
//! way in over HTTP, [`endpoint`] the list of all peers.
//!
//! Crate `rtc` is named here and nowhere else in the server. Nothing here knows what the texts mean.

mod address;
mod bounds;
mod channel;
mod congestion;
mod connection;
mod demux;
mod endpoint;
mod event;
mod feedback;
mod guest;
mod inbound;
pub mod line;
mod lines;
mod link;
mod offer;
mod outbox;
mod pacer;
mod path;
mod peer;
mod remote;
mod resend;
mod rung;
mod secret;
mod socket;
pub mod stream;
mod stun;
mod video;
pub mod whep;

pub use address::announced;
pub use bounds::Bounds;
pub use channel::{Channel, MESSAGE_MAX, Rejection};
pub use connection::ConnectionError;
pub use endpoint::{AcceptError, Accepted, Config, Endpoint, Restarted};
pub use event::{CloseReason, PeerEvent, PeerId};
pub use guest::Guest;
pub use link::{CONTROL_QUEUE, Seat, SendError, closed};
pub use offer::OfferError;
pub use secret::{NoRandomness, name as secret};
