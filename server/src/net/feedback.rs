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
pub struct Feedback {
    ssrc: u32,
}

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
    fn bind(&mut self, ssrc: u32) {
        self.ssrc = ssrc;
    }

    /// The stack finds out whom RTCP is for by the SSRC of its first packet, and drops what it does not know: reports on
    /// numbered packets, which name the stream of the last one, be it that of repeated packets.
    fn look(&mut self, packet: &mut TaggedPacket) {
        let Packet::Rtcp(packets) = &mut packet.message.packet else { return };
        let mut ours: Vec<Box<dyn rtc::rtcp::Packet>> = Vec::new();
        for packet in packets.iter() {
            if let Some(report) = packet.as_any().downcast_ref::<TransportLayerCc>() {
                ours.push(Box::new(TransportLayerCc { media_ssrc: self.ssrc, ..report.clone() }));
            } else if is_for_the_peer(packet.as_any())
                && packet.destination_ssrc().first() == Some(&self.ssrc)
            {
                ours.push(packet.clone());
            }
        }
        if !ours.is_empty() {
            *packets = ours;
            packet.message.add(Attribute::DeliverToApplication);
        }
    }
}

fn is_for_the_peer(packet: &dyn std::any::Any) -> bool {
    packet.is::<PictureLossIndication>()
        || packet.is::<FullIntraRequest>()
        || packet.is::<TransportLayerNack>()
        || packet.is::<ReceiverReport>()
}

#[cfg(test)]
mod tests {
    use rtc::rtcp::reception_report::ReceptionReport;
    use std::time::Duration;

    use rtc::rtcp::transport_feedbacks::transport_layer_cc::{
        PacketStatusChunk, RecvDelta, RunLengthChunk, StatusChunkTypeTcc, SymbolTypeTcc,
    };
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

    /// The shortest report that there is, as it comes when one packet is sent to see whether anybody is there.
    #[test]
    fn a_report_on_a_single_packet_survives_the_wire() {
        for (kind, delta) in [
            (SymbolTypeTcc::PacketReceivedSmallDelta, 250 * 7),
            (SymbolTypeTcc::PacketReceivedLargeDelta, 250 * 300),
        ] {
            let run = RunLengthChunk {
                type_tcc: StatusChunkTypeTcc::RunLengthChunk,
                packet_status_symbol: kind,
                run_length: 1,
            };
            let report = TransportLayerCc {
                base_sequence_number: 9,
                packet_status_count: 1,
                reference_time: 1,
                packet_chunks: vec![PacketStatusChunk::RunLengthChunk(run)],
                recv_deltas: vec![RecvDelta { type_tcc_packet: kind, delta }],
                ..Default::default()
            };
            let mut bytes = rtc::rtcp::packet::marshal(&[Box::new(report)]).unwrap();
            let packets = rtc::rtcp::packet::unmarshal(&mut bytes).unwrap();
            let at = Some(Duration::from_millis(64) + Duration::from_micros(delta as u64));
            assert_eq!(read(&packets, OURS).arrivals, [Arrival { number: 9, at }]);
        }
    }

    #[test]
    fn what_is_for_us_comes_first_and_alone() {
        let mut feedback = Feedback::default();
        feedback.bind(OURS);
        let repeats = TransportLayerCc { media_ssrc: 99, ..Default::default() };
        let empty = ReceiverReport::default();
        let stranger = PictureLossIndication { sender_ssrc: 1, media_ssrc: 8 };
        let packets: Vec<Box<dyn rtc::rtcp::Packet>> =
            vec![Box::new(empty), Box::new(stranger), Box::new(repeats)];
        let mut packet = TaggedPacket {
            now: std::time::Instant::now(),
            transport: Default::default(),
            message: Packet::Rtcp(packets).into(),
        };
        feedback.look(&mut packet);
        assert!(packet.message.has(&Attribute::DeliverToApplication));
        let Packet::Rtcp(packets) = &packet.message.packet else { panic!("it is RTCP still") };
        assert_eq!(packets.iter().flat_map(|packet| packet.destination_ssrc()).collect::<Vec<_>>(), [OURS]);
    }

    #[test]
    fn both_ways_to_ask_for_a_keyframe_count() {
        let picture = PictureLossIndication { sender_ssrc: 1, media_ssrc: OURS };
        assert!(read(&[Box::new(picture)], OURS).wants_key);
        assert!(read(&[Box::new(FullIntraRequest::default())], OURS).wants_key);
        assert!(!read(&[], OURS).wants_key);
    }
}
