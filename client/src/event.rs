//! What a client tells its owner.

use std::net::SocketAddr;
use std::time::Duration;

use telestage_protocol::{Envelope, ServerMessage, Welcome};

use crate::error::ConnectError;
use crate::options::Transport;
use crate::session::Pair;
use crate::unit::AccessUnit;

/// What happened.
#[derive(Debug, PartialEq)]
pub enum Event {
    /// A hop on the way in, and how long after the beginning it was passed.
    Hop(Hop, Duration),
    /// The greeting is answered; the full state follows.
    Welcomed(Welcome),
    /// A message of the server.
    Message(Envelope<ServerMessage>),
    /// Something that this version does not know, as it came or in words. Nothing ends by it.
    Unknown(String),
    /// A picture.
    Unit(AccessUnit),
    /// The end, and the last event.
    Ended(Ending),
}

/// The way in, hop by hop. With `Way::Auto` the hops from [`Hop::Trying`] on may come again for the next transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hop {
    /// The name has these addresses.
    Resolved(Vec<SocketAddr>),
    /// The server's port takes connections, at this address.
    Reached(SocketAddr),
    /// This transport is tried next.
    Trying(Transport),
    /// The server took the offer (or the WebSocket).
    Answered,
    /// Packets pass in both directions, between these.
    PathFound(Pair),
    /// Ready by this transport, and encrypted where it encrypts.
    Connected(Transport),
    /// The greeting is on its way.
    Greeted,
    /// The first picture is here.
    FirstUnit,
}

impl Hop {
    /// A short name for reports.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Resolved(_) => "resolved",
            Self::Reached(_) => "reached",
            Self::Trying(_) => "trying",
            Self::Answered => "answered",
            Self::PathFound(_) => "path_found",
            Self::Connected(_) => "connected",
            Self::Greeted => "greeted",
            Self::FirstUnit => "first_unit",
        }
    }
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Ending {
    /// It never began.
    #[error("{0}")]
    NotConnected(ConnectError),
    /// The server closed the connection.
    #[error("the server closed the connection; connect again")]
    Closed,
    /// Nothing came any more.
    #[error("the server fell silent; check the network, connect again")]
    Lost,
    /// The owner left.
    #[error("left")]
    Left,
}

impl Ending {
    /// A short name, for counting.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotConnected(error) => error.code(),
            Self::Closed => "closed",
            Self::Lost => "lost",
            Self::Left => "left",
        }
    }

    /// Whether connecting again may work.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::NotConnected(error) => error.is_passing(),
            Self::Closed | Self::Lost => true,
            Self::Left => false,
        }
    }
}
