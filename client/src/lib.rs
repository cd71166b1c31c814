//! The native client as a library: connects to a Telestage server, receives access units and messages, sends what a
//! viewer does. For `telestage watch`, load measurements, tests, and the desktop.
//!
//! [`connect`] takes an [`Options`] and gives a [`Handle`] to act with and [`Events`] to read: each hop of the way in,
//! the welcome, messages, pictures as they were encoded, and how it ended. It greets the server by itself and, unless
//! told otherwise, tries WebRTC over UDP, then over TCP, then WebSocket. It does not connect again on its own:
//! [`Backoff`] says how long to wait, [`Ending::is_passing`] whether to.
//!
//! Below that, [`webrtc::Offering`] is one connection without signalling, for who brings offer and answer along himself.
//!
//! Never decodes, never links the server. Speaks the protocol's words and knows no more of the product.

pub mod address;
pub mod arrivals;
pub mod backoff;
pub mod client;
mod door;
pub mod error;
pub mod event;
pub mod handle;
pub mod http;
pub mod options;
pub mod reach;
pub mod session;
pub mod unit;
pub mod webrtc;
mod ws;

pub use address::{Address, AddressError};
pub use arrivals::Arrivals;
pub use backoff::Backoff;
pub use client::connect;
pub use error::ConnectError;
pub use event::{Ending, Event, Hop};
pub use handle::{Events, Handle, SendError, channel_of};
pub use options::{Options, Transport, Way};
pub use session::{Act, Channel, Pair, Receiver, Seen};
pub use unit::{AccessUnit, Format, Losses};
