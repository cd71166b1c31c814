//! WebRTC over UDP or over one TCP connection, as a browser does it. The one place that names crate `rtc`.
//!
//! [`Offering`] makes an offer; with the server's answer it becomes a running [`Receiver`](crate::session::Receiver).
//! How offer and answer travel is not its business.

mod answer;
mod assembler;
mod media;
mod missing;
mod offering;
mod session;
mod wire;

pub use answer::{with_tcp_alone, with_udp};
pub use offering::{Offering, Want, WebrtcError};
