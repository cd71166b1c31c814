//! The picture on one connection: which codec and extensions were agreed on, and packets as RTP.

use std::time::Instant;

use bytes::{BufMut as _, Bytes, BytesMut};
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::RTCPeerConnection;
use rtc::peer_connection::configuration::media_engine::{MIME_TYPE_H264, MIME_TYPE_RTX, MediaEngine};
use rtc::peer_connection::message::{RTCMessage, TaggedRTCMessage};
use rtc::peer_connection::transport::RTCDtlsTransportState;
use rtc::rtp::header::Header;
use rtc::rtp_transceiver::RTCRtpSenderId;
use rtc::rtp_transceiver::rtp_sender::{
    RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters,
    RTCRtpHeaderExtensionCapability, RTCRtpRtxParameters, RtpCodecKind,
};
use rtc::sansio::Protocol as _;

use super::connection::ConnectionError;
use super::outbox::{Abilities, Departure, Outbox};
use super::secret;
use super::stream::AccessUnit;

/// How soon a picture is to be shown after it arrived: at once.
const PLAYOUT_DELAY_URI: &str = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay";
/// Numbers all packets, whichever stream they belong to, so that the client can report on each.
const NUMBER_URI: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
/// Minimum and maximum of the playout delay, 12 bits each.
const NO_DELAY: Bytes = Bytes::from_static(&[0, 0, 0]);
const RTP_VERSION: u8 = 2;

/// A picture that the client has not answered to yet.
pub struct Offered {
    sender: RTCRtpSenderId,
    ssrc: u32,
    repeats_ssrc: u32,
}

/// A picture that the client takes.
pub struct Video {
    sender: RTCRtpSenderId,
    track: String,
    ssrc: u32,
    payload_type: u8,
    /// The extensions' ids, if the client knows them.
    playout_delay: Option<u8>,
    number: Option<u8>,
    repeats: Option<Repeats>,
    outbox: Outbox,
}

/// The stream of packets that are sent again (RFC 4588).
struct Repeats {
    ssrc: u32,
    payload_type: u8,
    sequence: u16,
}

/// Adds the picture to a connection, before it answers.
///
/// # Errors
/// The stack's refusal.
pub fn offer(rtc: &mut RTCPeerConnection) -> Result<Offered, ConnectionError> {
    let (ssrc, repeats_ssrc) = (secret::random_u32(), secret::random_u32());
    let coding = RTCRtpCodingParameters {
        ssrc: Some(ssrc),
        rtx: Some(RTCRtpRtxParameters { ssrc: repeats_ssrc }),
        ..Default::default()
    };
    let encoding = RTCRtpEncodingParameters {
        rtp_coding_parameters: coding,
        active: true,
        codec: h264(),
        ..Default::default()
    };
    let track = MediaStreamTrack::new(
        "telestage".to_owned(),
        "picture".to_owned(),
        "picture".to_owned(),
        RtpCodecKind::Video,
        vec![encoding],
    );
    Ok(Offered { sender: rtc.add_track(track)?, ssrc, repeats_ssrc })
}

impl Offered {
    /// What the answer made of it; `most_bps` is all that the server ever sends for long.
    ///
    /// # Errors
    /// The client does not take H.264 after all.
    pub fn agreed(
        self,
        rtc: &mut RTCPeerConnection,
        now: Instant,
        most_bps: f64,
    ) -> Result<Video, ConnectionError> {
        let mut sender =
            rtc.rtp_sender(self.sender).ok_or_else(|| ConnectionError::new("the sender is gone"))?;
        let track = sender.track().track_id().to_owned();
        let parameters = &sender.get_parameters().rtp_parameters;
        let of_kind = |mime: &'static str| {
            parameters.codecs.iter().filter(move |codec| codec.rtp_codec.mime_type.eq_ignore_ascii_case(mime))
        };
        let payload_type = of_kind(MIME_TYPE_H264)
            .map(|codec| codec.payload_type)
            .next()
            .ok_or_else(|| ConnectionError::new("no H.264 was agreed on"))?;
        let about = format!("apt={payload_type}");
        let repeats = of_kind(MIME_TYPE_RTX)
            .find(|codec| codec.rtp_codec.sdp_fmtp_line.split(';').any(|word| word.trim() == about))
            .map(|codec| Repeats {
                ssrc: self.repeats_ssrc,
                payload_type: codec.payload_type,
                sequence: secret::random_u32() as u16,
            });
        let extension = |uri: &str| {
            let agreed = parameters.header_extensions.iter().find(|extension| extension.uri == uri);
            agreed.and_then(|extension| u8::try_from(extension.id).ok())
        };
        let (playout_delay, number) = (extension(PLAYOUT_DELAY_URI), extension(NUMBER_URI));
        let abilities = Abilities { reports: number.is_some(), takes_repeats: repeats.is_some() };
        let outbox = Outbox::new(now, abilities, most_bps, secret::random_u32() as u16);
        let Self { sender, ssrc, .. } = self;
        Ok(Video { sender, track, ssrc, payload_type, playout_delay, number, repeats, outbox })
    }
}

impl Video {
    /// Its stream.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// What waits, and what is known of the link.
    pub fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }

    /// Takes an access unit.
    pub fn push(&mut self, now: Instant, unit: &AccessUnit) {
        self.outbox.push(now, unit.rtp_timestamp, &unit.payloads, unit.packet.key);
    }

    /// Sends what may leave now.
    pub fn pump(&mut self, rtc: &mut RTCPeerConnection, now: Instant) {
        while let Some(departure) = self.outbox.next(now) {
            match self.packet(departure) {
                Ok(packet) => {
                    let message = RTCMessage::RtpPacket(self.track.clone(), packet);
                    if let Err(error) = rtc.handle_write(TaggedRTCMessage { now, message }) {
                        tracing::trace!(%error, "packet dropped");
                    }
                }
                Err(error) => tracing::trace!(%error, "packet not made"),
            }
        }
    }

    fn packet(&mut self, departure: Departure) -> Result<rtc::rtp::Packet, rtc::shared::error::Error> {
        let Departure { packet, number, is_repeat } = departure;
        let mut header = Header {
            version: RTP_VERSION,
            marker: packet.marker,
            payload_type: self.payload_type,
            sequence_number: packet.sequence,
            timestamp: packet.timestamp,
            ssrc: self.ssrc,
            ..Default::default()
        };
        let mut payload = packet.payload;
        match &mut self.repeats {
            Some(repeats) if is_repeat => {
                header.ssrc = repeats.ssrc;
                header.payload_type = repeats.payload_type;
                header.sequence_number = repeats.sequence;
                repeats.sequence = repeats.sequence.wrapping_add(1);
                let mut named = BytesMut::with_capacity(2 + payload.len());
                named.put_u16(packet.sequence);
                named.extend_from_slice(&payload);
                payload = named.freeze();
            }
            Some(_) | None => {
                if let Some(id) = self.playout_delay {
                    header.set_extension(id, NO_DELAY)?;
                }
            }
        }
        if let (Some(id), Some(number)) = (self.number, number) {
            header.set_extension(id, Bytes::copy_from_slice(&number.to_be_bytes()))?;
        }
        Ok(rtc::rtp::Packet { header, payload })
    }

    /// The state of the transport that carries it.
    pub fn transport_state(&self, rtc: &mut RTCPeerConnection) -> Option<RTCDtlsTransportState> {
        Some(rtc.rtp_sender(self.sender)?.transport()?.state())
    }
}

fn h264() -> RTCRtpCodec {
    let feedback =
        |typ: &str, parameter: &str| RTCPFeedback { typ: typ.to_owned(), parameter: parameter.to_owned() };
    RTCRtpCodec {
        mime_type: MIME_TYPE_H264.to_owned(),
        clock_rate: 90_000,
        channels: 0,
        sdp_fmtp_line: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f".to_owned(),
        rtcp_feedback: vec![
            feedback("nack", ""),
            feedback("nack", "pli"),
            feedback("ccm", "fir"),
            feedback("transport-cc", ""),
        ],
    }
}

/// What this server can send: H.264 alone, its retransmissions, the playout delay, and numbers to report on. Payload
/// types are those of the offer in the end.
///
/// # Errors
/// The stack's refusal.
pub fn media_engine() -> Result<MediaEngine, ConnectionError> {
    let mut engine = MediaEngine::default();
    let retransmission = RTCRtpCodec {
        mime_type: MIME_TYPE_RTX.to_owned(),
        clock_rate: 90_000,
        channels: 0,
        sdp_fmtp_line: "apt=102".to_owned(),
        rtcp_feedback: Vec::new(),
    };
    for (rtp_codec, payload_type) in [(h264(), 102), (retransmission, 103)] {
        engine.register_codec(RTCRtpCodecParameters { rtp_codec, payload_type }, RtpCodecKind::Video)?;
    }
    for uri in [PLAYOUT_DELAY_URI, NUMBER_URI] {
        let extension = RTCRtpHeaderExtensionCapability { uri: uri.to_owned() };
        engine.register_header_extension(extension, RtpCodecKind::Video, None)?;
    }
    Ok(engine)
}
