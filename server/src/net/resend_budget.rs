//! The interceptor that bounds what a lossy client can ask to be sent again.
//!
//! Every lost packet may be requested every few milliseconds, so a client that cannot keep up would make the server
//! send it ever more. Beyond its budget a request is dropped; what stays lost ends in a request for a keyframe, and
//! those are bounded too.

use std::collections::VecDeque;
use std::time::Instant;

use rtc::interceptor::{Interceptor, Packet, StreamInfo, TaggedPacket};
use rtc::rtcp::transport_feedbacks::transport_layer_nack::{NackPair, TransportLayerNack};
use rtc::sansio::Protocol;
use rtc::shared::error::Error;

/// Packets that may be sent again at once: a keyframe's.
const BURST: f64 = 256.0;
/// Packets that may be sent again in a second, on average: half of what 8 Mbps take.
const PER_SECOND: f64 = 400.0;

/// Lets requests for lost packets through as long as the budget lasts, and everything else.
#[derive(Default)]
pub struct ResendBudget {
    budget: Budget,
    inbound: VecDeque<TaggedPacket>,
    outbound: VecDeque<TaggedPacket>,
}

/// A bucket of packets that fills with time.
struct Budget {
    packets: f64,
    at: Option<Instant>,
}

impl Default for Budget {
    fn default() -> Self {
        Self { packets: BURST, at: None }
    }
}

impl Budget {
    /// Takes what `pair` asks for; `false` if there is not enough.
    fn take(&mut self, now: Instant, pair: &NackPair) -> bool {
        let elapsed = self.at.map_or(0.0, |at| now.saturating_duration_since(at).as_secs_f64());
        self.at = Some(now);
        self.packets = (self.packets + elapsed * PER_SECOND).min(BURST);
        let wanted = f64::from(1 + pair.lost_packets.count_ones());
        let is_enough = self.packets >= wanted;
        if is_enough {
            self.packets -= wanted;
        }
        is_enough
    }
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for ResendBudget {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, mut packet: TaggedPacket) -> Result<(), Error> {
        let now = packet.now;
        if let Packet::Rtcp(reports) = &mut packet.message.packet {
            for report in reports {
                if let Some(nack) = report.as_any().downcast_ref::<TransportLayerNack>() {
                    let mut granted = nack.clone();
                    granted.nacks.retain(|pair| self.budget.take(now, pair));
                    *report = Box::new(granted);
                }
            }
        }
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

impl Interceptor for ResendBudget {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Asks for 17 packets.
    const MANY: NackPair = NackPair { packet_id: 0, lost_packets: u16::MAX };

    fn granted(budget: &mut Budget, now: Instant) -> usize {
        (0..1000).filter(|_| budget.take(now, &MANY)).count()
    }

    #[test]
    fn a_burst_is_granted_and_a_flood_is_not() {
        let mut budget = Budget::default();
        let start = Instant::now();
        assert_eq!(granted(&mut budget, start), 15, "255 packets of 256");
        assert_eq!(granted(&mut budget, start), 0);
        assert_eq!(granted(&mut budget, start + Duration::from_millis(500)), 11, "201 packets");
        assert_eq!(granted(&mut budget, start + Duration::from_secs(3600)), 15, "never more than a burst");
    }
}
