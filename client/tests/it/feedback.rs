//! What a server's congestion control relies on: the client reports when each packet arrived.

use std::net::SocketAddr;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use rtc::ice::mdns::MulticastDnsMode;
use rtc::interceptor::{BandwidthEstimator, PacketReport, Registry};
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::configuration::interceptor_registry::{
    CongestionFeedback, configure_congestion_control,
};
use rtc::peer_connection::configuration::media_engine::{MIME_TYPE_H264, MediaEngine};
use rtc::peer_connection::configuration::setting_engine::SettingEngineBuilder;
use rtc::peer_connection::event::RTCPeerConnectionEvent;
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::peer_connection::state::RTCPeerConnectionState;
use rtc::peer_connection::transport::RTCIceCandidateInit;
use rtc::peer_connection::{RTCPeerConnection, RTCPeerConnectionBuilder};
use rtc::rtp_transceiver::RTCRtpSenderId;
use rtc::rtp_transceiver::rtp_sender::{
    RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters,
    RtpCodecKind,
};
use rtc::sansio::Protocol as _;
use rtc::shared::{TaggedBytesMut, TransportContext, TransportProtocol};
use telestage_client::Seen;
use telestage_client::webrtc::{Offering, Want};
use tokio::net::UdpSocket;
use tokio::time::timeout;

use crate::PATIENCE;

const SSRC: u32 = 7;

/// Hands on which packets the client reported.
pub struct Listener(pub mpsc::SyncSender<(u16, bool)>);

impl BandwidthEstimator for Listener {
    fn on_reports(&mut self, _: Instant, reports: &[PacketReport]) {
        for report in reports {
            let _ = self.0.try_send((report.rtp_sequence_number, report.arrived && report.arrival.is_some()));
        }
    }

    fn target_bitrate(&self) -> f64 {
        1e8
    }
}

/// A sender of pictures with a congestion control.
pub struct Server {
    rtc: RTCPeerConnection,
    sender: RTCRtpSenderId,
    socket: UdpSocket,
    local: SocketAddr,
    sequence: u16,
    is_connected: bool,
}

fn h264() -> RTCRtpCodec {
    let feedback = |typ: &str| RTCPFeedback { typ: typ.to_owned(), parameter: String::new() };
    RTCRtpCodec {
        mime_type: MIME_TYPE_H264.to_owned(),
        clock_rate: 90_000,
        channels: 0,
        sdp_fmtp_line: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f".to_owned(),
        rtcp_feedback: vec![feedback("nack")],
    }
}

impl Server {
    /// Answers `offer`.
    pub async fn answer(offer: &str, listener: Listener) -> (Self, String) {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let local = socket.local_addr().unwrap();
        let now = Instant::now();
        let mut engine = MediaEngine::default();
        let codec = RTCRtpCodecParameters { rtp_codec: h264(), payload_type: 102 };
        engine.register_codec(codec, RtpCodecKind::Video).unwrap();
        let registry =
            configure_congestion_control(Registry::new(), listener, CongestionFeedback::Twcc, &mut engine)
                .unwrap();
        let settings =
            SettingEngineBuilder::new().with_multicast_dns_mode(MulticastDnsMode::Disabled).build();
        let mut rtc = RTCPeerConnectionBuilder::new()
            .with_setting_engine(settings)
            .with_media_engine(engine)
            .with_interceptor_registry(registry)
            .build(now)
            .unwrap();
        let candidate = format!("1 1 udp 2130706431 {} {} typ host", local.ip(), local.port());
        rtc.add_local_candidate(RTCIceCandidateInit { candidate, ..Default::default() }).unwrap();
        let encoding = RTCRtpEncodingParameters {
            rtp_coding_parameters: RTCRtpCodingParameters { ssrc: Some(SSRC), ..Default::default() },
            active: true,
            codec: h264(),
            ..Default::default()
        };
        let name = || "picture".to_owned();
        let track = MediaStreamTrack::new(name(), name(), name(), RtpCodecKind::Video, vec![encoding]);
        let sender = rtc.add_track(track).unwrap();
        rtc.set_remote_description(now, RTCSessionDescription::offer(offer.to_owned()).unwrap()).unwrap();
        let answer = rtc.create_answer(None).unwrap();
        let text = answer.sdp.clone();
        rtc.set_local_description(now, answer).unwrap();
        (Self { rtc, sender, socket, local, sequence: 0, is_connected: false }, text)
    }

    /// Sends a picture in one packet, as often as the clock ticks.
    fn send(&mut self) {
        let Some(mut sender) = self.rtc.rtp_sender(self.sender) else { return };
        let payload_type = sender.get_parameters().rtp_parameters.codecs[0].payload_type;
        let mut packet = rtc::rtp::Packet { payload: Bytes::from_static(b"\x65ab"), ..Default::default() };
        packet.header.version = 2;
        packet.header.marker = true;
        packet.header.payload_type = payload_type;
        packet.header.sequence_number = self.sequence;
        packet.header.timestamp = u32::from(self.sequence) * 900;
        packet.header.ssrc = SSRC;
        self.sequence += 1;
        sender.write_rtp(Instant::now(), packet).unwrap();
    }

    async fn run(mut self) {
        let mut buffer = [0; 2048];
        loop {
            while let Some(out) = self.rtc.poll_write() {
                let _ = self.socket.send_to(&out.message, out.transport.peer_addr).await;
            }
            while let Some(event) = self.rtc.poll_event() {
                if let RTCPeerConnectionEvent::OnConnectionStateChangeEvent(state) = event {
                    self.is_connected = state == RTCPeerConnectionState::Connected;
                }
            }
            while self.rtc.poll_read().is_some() {}
            tokio::select! {
                received = self.socket.recv_from(&mut buffer) => if let Ok((len, from)) = received {
                    let transport = TransportContext {
                        local_addr: self.local, peer_addr: from, ecn: None, transport_protocol: TransportProtocol::UDP,
                    };
                    let message = BytesMut::from(&buffer[..len]);
                    let _ = self.rtc.handle_read(TaggedBytesMut { now: Instant::now(), transport, message });
                },
                () = tokio::time::sleep(Duration::from_millis(5)) => {
                    let _ = self.rtc.handle_timeout(Instant::now());
                    if self.is_connected {
                        self.send();
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn each_packet_that_arrives_is_reported_to_a_server_that_wants_to_know() {
    let offering = Offering::new(Want { video: true, data: false, tcp: false }).await.unwrap();
    let (tell, heard) = mpsc::sync_channel(10_000);
    let (server, answer) = Server::answer(offering.sdp(), Listener(tell)).await;
    assert!(answer.contains("transport-cc"), "{answer}");
    let mut receiver = offering.accept(&answer).await.unwrap();
    let server = tokio::spawn(server.run());
    let mut reported = Vec::new();
    timeout(PATIENCE, async {
        while reported.len() < 100 {
            if let Seen::Unit(_) = receiver.next().await.expect("the session lives") {
                reported.extend(heard.try_iter());
            }
        }
    })
    .await
    .expect("reports come");
    server.abort();
    let arrived: Vec<u16> =
        reported.iter().filter(|(_, arrived)| *arrived).map(|(number, _)| *number).collect();
    assert!(arrived.len() * 10 > reported.len() * 9, "nearly all arrive on a loopback: {reported:?}");
    assert!(arrived.is_sorted(), "{arrived:?}");
}
