//! The picture on one connection: which codec was agreed on, and access units as RTP packets.

use std::time::Instant;

use bytes::Bytes;
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::RTCPeerConnection;
use rtc::peer_connection::configuration::media_engine::{MIME_TYPE_H264, MIME_TYPE_RTX, MediaEngine};
use rtc::peer_connection::transport::RTCDtlsTransportState;
use rtc::rtp::header::Header;
use rtc::rtp_transceiver::RTCRtpSenderId;
use rtc::rtp_transceiver::rtp_sender::{
    RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters,
    RTCRtpHeaderExtensionCapability, RTCRtpRtxParameters, RtpCodecKind,
};

use super::connection::ConnectionError;
use super::secret;
use super::stream::AccessUnit;

/// How soon a picture is to be shown after it arrived: at once.
const PLAYOUT_DELAY_URI: &str = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay";
/// Minimum and maximum of the playout delay, 12 bits each.
const NO_DELAY: Bytes = Bytes::from_static(&[0, 0, 0]);
const RTP_VERSION: u8 = 2;

/// A picture that the client has not answered to yet.
pub struct Offered {
    sender: RTCRtpSenderId,
    ssrc: u32,
}

/// A picture that the client takes.
pub struct Video {
    sender: RTCRtpSenderId,
    ssrc: u32,
    payload_type: u8,
    /// The extension's id, if the client knows it.
    playout_delay: Option<u8>,
    sequence: u16,
}

/// Adds the picture to a connection, before it answers.
///
/// # Errors
/// The stack's refusal.
pub fn offer(rtc: &mut RTCPeerConnection) -> Result<Offered, ConnectionError> {
    let (ssrc, rtx) = (secret::random_u32(), secret::random_u32());
    let coding = RTCRtpCodingParameters {
        ssrc: Some(ssrc),
        rtx: Some(RTCRtpRtxParameters { ssrc: rtx }),
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
    Ok(Offered { sender: rtc.add_track(track)?, ssrc })
}

impl Offered {
    /// What the answer made of it.
    ///
    /// # Errors
    /// The client does not take H.264 after all.
    pub fn agreed(self, rtc: &mut RTCPeerConnection) -> Result<Video, ConnectionError> {
        let mut sender =
            rtc.rtp_sender(self.sender).ok_or_else(|| ConnectionError::new("the sender is gone"))?;
        let parameters = &sender.get_parameters().rtp_parameters;
        let payload_type = parameters
            .codecs
            .iter()
            .find(|codec| codec.rtp_codec.mime_type.eq_ignore_ascii_case(MIME_TYPE_H264))
            .map(|codec| codec.payload_type)
            .ok_or_else(|| ConnectionError::new("no H.264 was agreed on"))?;
        let playout_delay = parameters
            .header_extensions
            .iter()
            .find(|extension| extension.uri == PLAYOUT_DELAY_URI)
            .and_then(|extension| u8::try_from(extension.id).ok());
        let sequence = secret::random_u32() as u16;
        Ok(Video { sender: self.sender, ssrc: self.ssrc, payload_type, playout_delay, sequence })
    }
}

impl Video {
    /// Sends an access unit: all its packets at once, no pacing.
    pub fn send(&mut self, rtc: &mut RTCPeerConnection, now: Instant, unit: &AccessUnit) {
        let Some(mut sender) = rtc.rtp_sender(self.sender) else { return };
        let last = unit.payloads.len().saturating_sub(1);
        for (index, payload) in unit.payloads.iter().enumerate() {
            let mut header = Header {
                version: RTP_VERSION,
                marker: index == last,
                payload_type: self.payload_type,
                sequence_number: self.sequence,
                timestamp: unit.rtp_timestamp,
                ssrc: self.ssrc,
                ..Default::default()
            };
            self.sequence = self.sequence.wrapping_add(1);
            let extended = self.playout_delay.map_or(Ok(()), |id| header.set_extension(id, NO_DELAY));
            let packet = rtc::rtp::Packet { header, payload: payload.clone() };
            if let Err(error) = extended.and_then(|()| sender.write_rtp(now, packet)) {
                tracing::trace!(%error, "packet dropped");
            }
        }
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
        rtcp_feedback: vec![feedback("nack", ""), feedback("nack", "pli"), feedback("ccm", "fir")],
    }
}

/// What this server can send: H.264 alone, its retransmissions, and the playout delay. Payload types are those of the
/// offer in the end.
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
    let playout_delay = RTCRtpHeaderExtensionCapability { uri: PLAYOUT_DELAY_URI.to_owned() };
    engine.register_header_extension(playout_delay, RtpCodecKind::Video, None)?;
    Ok(engine)
}
