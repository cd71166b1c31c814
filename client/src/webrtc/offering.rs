//! An offer that waits for its answer.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use rtc::data_channel::{RTCDataChannelId, RTCDataChannelInit};
use rtc::ice::mdns::MulticastDnsMode;
use rtc::peer_connection::configuration::setting_engine::{SctpMaxMessageSize, SettingEngineBuilder};
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::peer_connection::transport::RTCIceCandidateInit;
use rtc::peer_connection::{RTCPeerConnection, RTCPeerConnectionBuilder};
use rtc::rtp_transceiver::rtp_sender::RtpCodecKind;
use rtc::rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit};

use super::media;
use super::session::Session;
use super::wire::Wire;
use crate::session::{Channel, Receiver};

/// How soon a silent path is tried again, so that a server learns of a new address.
const KEEP_ALIVE: Duration = Duration::from_millis(500);
/// How often a path is tried until it works. The stack's own 200 ms are what connecting takes longest for.
const CHECK_INTERVAL: Duration = Duration::from_millis(50);
/// Tries of one path before it is left alone: ten seconds, as long as anybody waits.
const CHECKS_MAX: u16 = 200;

/// What went wrong, in the words of the system or the WebRTC stack.
#[derive(Debug, thiserror::Error)]
pub enum WebrtcError {
    /// No socket, or no connection.
    #[error("socket: {0}")]
    Socket(#[from] std::io::Error),
    /// The stack's refusal, of an answer most likely.
    #[error("webrtc: {0}")]
    Stack(String),
}

impl From<rtc::shared::error::Error> for WebrtcError {
    fn from(error: rtc::shared::error::Error) -> Self {
        Self::Stack(error.to_string())
    }
}

/// What to ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Want {
    /// The picture.
    pub video: bool,
    /// The channels `control` and `motion`.
    pub data: bool,
    /// By TCP alone.
    pub tcp: bool,
}

/// An offer that waits for its answer.
pub struct Offering {
    rtc: RTCPeerConnection,
    wire: Wire,
    channels: Vec<(RTCDataChannelId, Channel)>,
    offer: String,
}

impl Offering {
    /// Makes an offer to a server on this machine.
    ///
    /// # Errors
    /// No socket, or the stack's refusal.
    pub async fn new(want: Want) -> Result<Self, WebrtcError> {
        Self::from_address(want, Ipv4Addr::LOCALHOST.into()).await
    }

    /// Makes an offer. `local` is this machine's address on the way to the server.
    ///
    /// # Errors
    /// No socket, or the stack's refusal.
    pub async fn from_address(want: Want, local: IpAddr) -> Result<Self, WebrtcError> {
        let wire = if want.tcp { Wire::tcp(local) } else { Wire::udp(local).await? };
        let now = Instant::now();
        let settings = SettingEngineBuilder::new()
            // Zero is never: a path that comes back after a blackout goes on; the session has a clock of its own.
            .with_ice_timeouts(Some(Duration::ZERO), Some(Duration::ZERO), Some(KEEP_ALIVE))
            .with_ice_connection_attempts(Some(CHECK_INTERVAL), Some(CHECKS_MAX))
            .with_multicast_dns_mode(MulticastDnsMode::Disabled)
            .with_sctp_max_message_size(SctpMaxMessageSize::Unbounded)
            .build();
        let mut rtc = RTCPeerConnectionBuilder::new()
            .with_setting_engine(settings)
            .with_media_engine(media::engine()?)
            .with_interceptor_registry(media::reports())
            .build(now)?;
        rtc.add_local_candidate(RTCIceCandidateInit { candidate: wire.candidate(), ..Default::default() })?;
        if want.video {
            let receive = RTCRtpTransceiverInit {
                direction: RTCRtpTransceiverDirection::Recvonly,
                streams: Vec::new(),
                send_encodings: Vec::new(),
            };
            rtc.add_transceiver_from_kind(RtpCodecKind::Video, Some(receive))?;
        }
        let mut channels = Vec::new();
        if want.data {
            let control = rtc.create_data_channel(Channel::Control.label(), None)?.id();
            let lossy = RTCDataChannelInit { ordered: false, max_retransmits: Some(0), ..Default::default() };
            let motion = rtc.create_data_channel(Channel::Motion.label(), Some(lossy))?.id();
            channels = vec![(control, Channel::Control), (motion, Channel::Motion)];
        }
        let offer = rtc.create_offer(None)?;
        let text = offer.sdp.clone();
        rtc.set_local_description(now, offer)?;
        Ok(Self { rtc, wire, channels, offer: text })
    }

    /// The offer's SDP.
    #[must_use]
    pub fn sdp(&self) -> &str {
        &self.offer
    }

    /// Where the session's datagrams come from; over TCP only once it is connected.
    #[must_use]
    pub fn local(&self) -> SocketAddr {
        self.wire.local()
    }

    /// Takes the answer and starts.
    ///
    /// # Errors
    /// The stack's refusal of the answer, or no TCP connection to its candidate.
    pub async fn accept(mut self, answer: &str) -> Result<Receiver, WebrtcError> {
        self.wire.connect(answer).await?;
        self.rtc.set_remote_description(Instant::now(), RTCSessionDescription::answer(answer.to_owned())?)?;
        Ok(Receiver::start(|seen, acts| Session::new(self.rtc, self.wire, self.channels, seen).run(acts)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a server's congestion control relies on.
    #[tokio::test]
    async fn an_offer_takes_reports_of_arrivals() {
        let offering = Offering::new(Want { video: true, data: false, tcp: false }).await.unwrap();
        let sdp = offering.sdp();
        assert!(sdp.contains("a=rtcp-fb:96 transport-cc"), "{sdp}");
        assert!(
            sdp.contains("http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"),
            "{sdp}"
        );
        assert!(sdp.contains("a=rtcp-fb:96 nack"), "{sdp}");
    }
}
