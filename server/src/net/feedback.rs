//! What a client says of the packets that it got: lets it through to the peer and puts it into this server's words.
//!
//! Reports on arrivals, requests for lost packets and for keyframes. All other RTCP is for the interceptors nearer to
//! the wire and ends there.

use rtc::interceptor::{Attribute, Packet, TaggedPacket, convert_twcc};
use rtc::rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtcp::receiver_report::ReceiverReport;
use rtc::rtcp::transport_feedbacks::transport_layer_cc::TransportLayerCc;
use rtc::rtcp::transport_feedbacks::transport_layer_nack::TransportLayerNack;

use super::congestion::Arrival;
use super::inbound::Look;

/// Marks inbound RTCP of these kinds as the application's.
#[derive(Default)]
pub struct Feedback;

/// The content of some RTCP.
#[derive(Debug, Default, PartialEq)]
pub struct News {
    /// A keyframe is needed.
    pub wants_key: bool,
    /// Sequence numbers of the stream `ssrc` that shall come again.
    pub missing: Vec<u16>,
    /// What became of numbered packets.
    pub arrivals: Vec<Arrival>,
    /// The share of the stream that was lost since the last such report, 0 to 1.
    pub lost: Option<f64>,
}

/// Reads what these packets say of the stream `ssrc`.
pub fn read(packets: &[Box<dyn rtc::rtcp::Packet>], ssrc: u32) -> News {
    let mut news = News::default();
    for packet in packets {
        let packet = packet.as_any();
        if packet.is::<PictureLossIndication>() || packet.is::<FullIntraRequest>() {
            news.wants_key = true;
        } else if let Some(nack) = packet.downcast_ref::<TransportLayerNack>() {
            for pair in nack.nacks.iter().filter(|_| nack.media_ssrc == ssrc) {
                let others = (0..16).filter(|bit| pair.lost_packets & (1 << bit) != 0).map(|bit| bit + 1);
                news.missing.extend([0].into_iter().chain(others).map(|n| pair.packet_id.wrapping_add(n)));
            }
        } else if let Some(report) = packet.downcast_ref::<TransportLayerCc>() {
            let arrivals = convert_twcc(report).into_iter();
            news.arrivals.extend(arrivals.map(|acknowledgement| Arrival {
                number: acknowledgement.sequence_number,
                at: acknowledgement.arrival.filter(|_| acknowledgement.arrived),
            }));
        } else if let Some(report) = packet.downcast_ref::<ReceiverReport>() {
            let ours = report.reports.iter().find(|report| report.ssrc == ssrc);
            news.lost = ours.map(|report| f64::from(report.fraction_lost) / 256.0).or(news.lost);
        }
    }
    news
}

impl Look for Feedback {
    fn look(&mut self, packet: &mut TaggedPacket) {
        if let Packet::Rtcp(reports) = &packet.message.packet
            && reports.iter().any(|report| is_for_the_peer(report.as_any()))
        {
            packet.message.add(Attribute::DeliverToApplication);
        }
    }
}

fn is_for_the_peer(packet: &dyn std::any::Any) -> bool {
    packet.is::<PictureLossIndication>()
        || packet.is::<FullIntraRequest>()
        || packet.is::<TransportLayerNack>()
        || packet.is::<TransportLayerCc>()
        || packet.is::<ReceiverReport>()
}

#[cfg(test)]
mod tests {
    use rtc::rtcp::reception_report::ReceptionReport;
    use rtc::rtcp::transport_feedbacks::transport_layer_nack::NackPair;

    use super::*;

    const OURS: u32 = 7;

    #[test]
    fn what_is_missing_is_told_number_by_number() {
        let nack = |media_ssrc| TransportLayerNack {
            sender_ssrc: 1,
            media_ssrc,
            nacks: vec![NackPair { packet_id: u16::MAX, lost_packets: 0b1000_0000_0000_0101 }],
        };
        let news = read(&[Box::new(nack(OURS)), Box::new(nack(8))], OURS);
        assert_eq!(news, News { missing: vec![u16::MAX, 0, 2, 15], ..News::default() });
    }

    #[test]
    fn the_share_that_is_lost_is_that_of_our_stream() {
        let of = |ssrc, fraction_lost| ReceptionReport { ssrc, fraction_lost, ..Default::default() };
        let report = ReceiverReport { reports: vec![of(8, 255), of(OURS, 64)], ..Default::default() };
        assert_eq!(read(&[Box::new(report)], OURS).lost, Some(0.25));
    }

    #[test]
    fn both_ways_to_ask_for_a_keyframe_count() {
        let picture = PictureLossIndication { sender_ssrc: 1, media_ssrc: OURS };
        assert!(read(&[Box::new(picture)], OURS).wants_key);
        assert!(read(&[Box::new(FullIntraRequest::default())], OURS).wants_key);
        assert!(!read(&[], OURS).wants_key);
    }
}
