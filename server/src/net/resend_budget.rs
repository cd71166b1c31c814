//! Bounds what a lossy client can ask to be sent again.
//!
//! Every lost packet may be requested every few milliseconds, so a client that cannot keep up would make the server
//! send it ever more. Beyond its budget a request is dropped; what stays lost ends in a request for a keyframe, and
//! those are bounded too.

use std::time::Instant;

use rtc::interceptor::{Packet, TaggedPacket};
use rtc::rtcp::transport_feedbacks::transport_layer_nack::{NackPair, TransportLayerNack};

use super::inbound::Look;

/// Packets that may be sent again at once: a keyframe's.
const BURST: f64 = 256.0;
/// Packets that may be sent again in a second, on average: half of what 8 Mbps take.
const PER_SECOND: f64 = 400.0;

/// Lets requests for lost packets through as long as the budget lasts.
#[derive(Default)]
pub struct ResendBudget(Budget);

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

impl Look for ResendBudget {
    fn look(&mut self, packet: &mut TaggedPacket) {
        let now = packet.now;
        let Packet::Rtcp(reports) = &mut packet.message.packet else { return };
        for report in reports {
            if let Some(nack) = report.as_any().downcast_ref::<TransportLayerNack>() {
                let mut granted = nack.clone();
                granted.nacks.retain(|pair| self.0.take(now, pair));
                *report = Box::new(granted);
            }
        }
    }
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
