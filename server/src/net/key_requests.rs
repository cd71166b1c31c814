//! Lets requests for keyframes (PLI, FIR) through to the peer. All other RTCP is for the interceptors nearer to the
//! wire and ends here.

use rtc::interceptor::{Attribute, Packet, TaggedPacket};
use rtc::rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;

use super::inbound::Look;

/// Marks inbound RTCP that asks for a keyframe as the application's.
#[derive(Default)]
pub struct KeyRequests;

/// Whether one of these packets asks for a keyframe.
pub fn asks_for_key(packets: &[Box<dyn rtc::rtcp::Packet>]) -> bool {
    packets.iter().any(|packet| {
        let packet = packet.as_any();
        packet.is::<PictureLossIndication>() || packet.is::<FullIntraRequest>()
    })
}

impl Look for KeyRequests {
    fn look(&mut self, packet: &mut TaggedPacket) {
        if let Packet::Rtcp(reports) = &packet.message.packet
            && asks_for_key(reports)
        {
            packet.message.add(Attribute::DeliverToApplication);
        }
    }
}
