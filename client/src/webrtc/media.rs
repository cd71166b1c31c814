//! What this client can receive, and which reports the stack sends back: H.264 and its retransmissions; reports of what
//! arrived when (transport-wide congestion control), receiver reports. What is missing is asked for by the session.

use std::time::Duration;

use rtc::interceptor::{ReceiverReportBuilder, Registry, Slot, TwccReceiverBuilder};
use rtc::peer_connection::configuration::media_engine::{MIME_TYPE_H264, MIME_TYPE_RTX, MediaEngine};
use rtc::rtp_transceiver::rtp_sender::{
    RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RTCRtpHeaderExtensionCapability, RtpCodecKind,
};
use rtc::shared::error::Error;

/// How often the server hears which packets arrived when; its controller reacts no faster than this.
const FEEDBACK_INTERVAL: Duration = Duration::from_millis(50);
const PLAYOUT_DELAY_URI: &str = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay";
/// draft-holmer-rmcat-transport-wide-cc-extensions-01.
const TRANSPORT_CC_URI: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

/// Codecs and header extensions of an offer.
///
/// # Errors
/// The stack's refusal.
pub fn engine() -> Result<MediaEngine, Error> {
    let codec = |mime_type: &str, sdp_fmtp_line: &str, feedback: &[(&str, &str)]| RTCRtpCodec {
        mime_type: mime_type.to_owned(),
        clock_rate: 90_000,
        channels: 0,
        sdp_fmtp_line: sdp_fmtp_line.to_owned(),
        rtcp_feedback: feedback
            .iter()
            .map(|(typ, parameter)| RTCPFeedback {
                typ: (*typ).to_owned(),
                parameter: (*parameter).to_owned(),
            })
            .collect(),
    };
    let h264 = codec(
        MIME_TYPE_H264,
        "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
        &[("nack", ""), ("nack", "pli"), ("ccm", "fir"), ("transport-cc", "")],
    );
    let mut engine = MediaEngine::default();
    for (rtp_codec, payload_type) in [(h264, 96), (codec(MIME_TYPE_RTX, "apt=96", &[]), 97)] {
        engine.register_codec(RTCRtpCodecParameters { rtp_codec, payload_type }, RtpCodecKind::Video)?;
    }
    for uri in [PLAYOUT_DELAY_URI, TRANSPORT_CC_URI] {
        let extension = RTCRtpHeaderExtensionCapability { uri: uri.to_owned() };
        engine.register_header_extension(extension, RtpCodecKind::Video, None)?;
    }
    Ok(engine)
}

/// What is told the server about packets. A server that takes no reports of arrivals gets none.
#[must_use]
pub fn reports() -> Registry {
    Registry::new()
        .with(Slot::TwccReceiver, TwccReceiverBuilder::new().with_interval(FEEDBACK_INTERVAL).build())
        .with(Slot::ReceiverReport, ReceiverReportBuilder::new().build())
}
