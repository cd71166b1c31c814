//! What a client wants.

use std::str::FromStr;

use crate::address::Address;

/// What to connect to, how, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The server.
    pub address: Address,
    /// By which way.
    pub transport: Way,
    /// Whether pictures are wanted. Over WebSocket they come in any case.
    pub video: bool,
    /// Whether messages are wanted: without them nobody is greeted, and nothing can be said.
    pub data: bool,
    /// What this client calls itself in its `hello`.
    pub name: String,
    /// `welcome.session` of a connection that was lost, to go on where it ended.
    pub session: Option<String>,
}

impl Options {
    /// Pictures and messages, by whatever way works.
    #[must_use]
    pub fn new(address: Address, name: impl Into<String>) -> Self {
        Self { address, transport: Way::Auto, video: true, data: true, name: name.into(), session: None }
    }
}

/// How to get there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// The first of all transports that works, in order.
    #[default]
    Auto,
    /// This one alone.
    Only(Transport),
}

impl Way {
    /// What to try, in order.
    #[must_use]
    pub fn transports(self) -> &'static [Transport] {
        match self {
            Self::Auto => &[Transport::Udp, Transport::Tcp, Transport::WebSocket],
            Self::Only(Transport::Udp) => &[Transport::Udp],
            Self::Only(Transport::Tcp) => &[Transport::Tcp],
            Self::Only(Transport::WebSocket) => &[Transport::WebSocket],
        }
    }
}

/// What carries pictures and messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// WebRTC over UDP.
    Udp,
    /// WebRTC over one TCP connection.
    Tcp,
    /// Encoded frames and messages on a WebSocket.
    WebSocket,
}

impl Transport {
    /// As on command lines and in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::WebSocket => "ws",
        }
    }
}

/// Not the name of a way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no transport; choose auto, udp, tcp or ws")]
pub struct UnknownWay(String);

impl FromStr for Way {
    type Err = UnknownWay;

    fn from_str(text: &str) -> Result<Self, UnknownWay> {
        let named = |transport: &&Transport| transport.name() == text;
        match Self::Auto.transports().iter().find(named) {
            Some(transport) => Ok(Self::Only(*transport)),
            None if text == "auto" => Ok(Self::Auto),
            None => Err(UnknownWay(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_are_chosen_by_name_and_alone_means_alone() {
        assert_eq!("auto".parse(), Ok(Way::Auto));
        for transport in Way::Auto.transports() {
            let way: Way = transport.name().parse().unwrap();
            assert_eq!(way.transports(), [*transport]);
        }
        assert_eq!("UDP".parse::<Way>(), Err(UnknownWay("UDP".into())));
    }
}
