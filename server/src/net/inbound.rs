//! Interceptors that look at what comes in and pass everything on.

use std::collections::VecDeque;
use std::time::Instant;

use rtc::interceptor::{Interceptor, StreamInfo, TaggedPacket};
use rtc::sansio::Protocol;
use rtc::shared::error::Error;

/// What is done to each inbound packet on its way.
pub trait Look: Send + Sync {
    /// A stream of that SSRC will be sent.
    fn bind(&mut self, ssrc: u32);

    /// May change the packet; cannot hold it back.
    fn look(&mut self, packet: &mut TaggedPacket);
}

/// A place in the chain of interceptors from which `L` looks at inbound packets.
#[derive(Default)]
pub struct Inbound<L> {
    look: L,
    inbound: VecDeque<TaggedPacket>,
    outbound: VecDeque<TaggedPacket>,
}

impl<L: Look> Protocol<TaggedPacket, TaggedPacket, ()> for Inbound<L> {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, mut packet: TaggedPacket) -> Result<(), Error> {
        self.look.look(&mut packet);
        self.inbound.push_back(packet);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.inbound.pop_front()
    }

    fn handle_write(&mut self, packet: TaggedPacket) -> Result<(), Error> {
        self.outbound.push_back(packet);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.outbound.pop_front()
    }
}

impl<L: Look> Interceptor for Inbound<L> {
    fn bind_local_stream(&mut self, info: &StreamInfo) {
        self.look.bind(info.ssrc);
    }

    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}
