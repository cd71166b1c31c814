//! A viewer without a picture: connects as a browser does, receives access units, talks on both channels, and decodes
//! nothing. Used by tests and for load measurements; the seed of the later crate `client`.
//!
//! One task owns the connection and its socket. It waits for whoever reads its events, so a test that does not read is
//! a slow viewer.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use rtc::data_channel::{RTCDataChannelId, RTCDataChannelInit};
use rtc::ice::mdns::MulticastDnsMode;
use rtc::interceptor::{NackGeneratorBuilder, ReceiverReportBuilder, Registry, Slot, TwccReceiverBuilder};
use rtc::peer_connection::configuration::media_engine::{MIME_TYPE_H264, MIME_TYPE_RTX, MediaEngine};
use rtc::peer_connection::configuration::setting_engine::{SctpMaxMessageSize, SettingEngineBuilder};
use rtc::peer_connection::event::{RTCDataChannelEvent, RTCPeerConnectionEvent, RTCTrackEvent};
use rtc::peer_connection::message::{RTCMessage, TaggedRTCMessage};
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::peer_connection::state::RTCPeerConnectionState;
use rtc::peer_connection::transport::{RTCDtlsTransportState, RTCIceCandidateInit};
use rtc::peer_connection::{RTCPeerConnection, RTCPeerConnectionBuilder};
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtp_transceiver::rtp_sender::{
    RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RTCRtpHeaderExtensionCapability, RtpCodecKind,
};
use rtc::rtp_transceiver::{RTCRtpReceiverId, RTCRtpTransceiverDirection, RTCRtpTransceiverInit};
use rtc::sansio::Protocol as _;
use rtc::shared::{TaggedBytesMut, TransportContext};
use tokio::sync::mpsc;

use crate::assembler::{Assembler, Unit};
use crate::wire::Wire;

/// How soon a missing packet is asked for; the stack's own 100 ms cost a multiple of that.
const NACK_INTERVAL: Duration = Duration::from_millis(10);
/// How often arrivals are reported, as browsers do.
const REPORT_INTERVAL: Duration = Duration::from_millis(50);
/// How often the path is checked: by that the server learns of a new address.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// How long a session waits for anything before it looks at its timers again.
const IDLE: Duration = Duration::from_secs(3600);
/// The shortest wait for a timer; the stack asks for less, and the loop would spin.
const TICK: Duration = Duration::from_millis(1);
/// Events that wait for their reader; the session waits beyond it.
const EVENTS: usize = 256;
/// Acts that wait for the session; whoever acts waits beyond it.
const ACTS: usize = 64;

/// What went wrong, in words.
#[derive(Debug, thiserror::Error)]
#[error("receiver: {0}")]
pub struct ReceiverError(String);

impl ReceiverError {
    /// Anything else that went wrong.
    pub fn new(cause: impl Into<String>) -> Self {
        Self(cause.into())
    }
}

impl From<rtc::shared::error::Error> for ReceiverError {
    fn from(error: rtc::shared::error::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<std::io::Error> for ReceiverError {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
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

/// What a viewer sees.
#[derive(Debug, PartialEq, Eq)]
pub enum Seen {
    /// Encrypted and ready.
    Connected,
    /// A channel of that label is open.
    ChannelOpen(&'static str),
    /// A text on the channel of that label.
    Text(&'static str, String),
    /// An access unit, when its last packet came.
    Unit(Unit, Instant),
    /// The server closed the connection.
    Closed,
}

/// What a viewer may do.
#[derive(Debug)]
pub enum Act {
    /// Sends a text on the channel of that label.
    Send(&'static str, String),
    /// Asks for a keyframe.
    RequestKey,
    /// Says goodbye.
    Close,
}

/// An offer that waits for its answer.
pub struct Offering {
    rtc: RTCPeerConnection,
    wire: Wire,
    channels: Vec<(RTCDataChannelId, &'static str)>,
    offer: String,
}

/// A running session. Dropping it ends the session without a word, as a killed browser would.
pub struct Receiver {
    seen: mpsc::Receiver<Seen>,
    acts: mpsc::Sender<Act>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    /// The next thing seen; `None` after the end.
    pub async fn next(&mut self) -> Option<Seen> {
        self.seen.recv().await
    }

    /// Does something; ends silently with the session.
    pub async fn act(&self, act: Act) {
        drop(self.acts.send(act).await);
    }
}

impl Offering {
    /// Makes an offer from a socket on the loopback interface.
    ///
    /// # Errors
    /// No socket, or the stack's refusal.
    pub async fn new(want: Want) -> Result<Self, ReceiverError> {
        let wire = if want.tcp { Wire::tcp() } else { Wire::udp().await? };
        let now = Instant::now();
        let settings = SettingEngineBuilder::new()
            .with_multicast_dns_mode(MulticastDnsMode::Disabled)
            .with_ice_timeouts(None, None, Some(CHECK_INTERVAL))
            .with_sctp_max_message_size(SctpMaxMessageSize::Unbounded)
            .build();
        let nack = NackGeneratorBuilder::new().with_interval(NACK_INTERVAL).build();
        let reports = TwccReceiverBuilder::new().with_interval(REPORT_INTERVAL).build();
        let registry = Registry::new()
            .with(Slot::NackGenerator, nack)
            .with(Slot::TwccReceiver, reports)
            .with(Slot::ReceiverReport, ReceiverReportBuilder::new().build());
        let mut rtc = RTCPeerConnectionBuilder::new()
            .with_setting_engine(settings)
            .with_media_engine(media_engine()?)
            .with_interceptor_registry(registry)
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
            let control = rtc.create_data_channel("control", None)?.id();
            let lossy = RTCDataChannelInit { ordered: false, max_retransmits: Some(0), ..Default::default() };
            let motion = rtc.create_data_channel("motion", Some(lossy))?.id();
            channels = vec![(control, "control"), (motion, "motion")];
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
    /// The stack's refusal of the answer, or no TCP connection to any of its candidates.
    pub async fn accept(mut self, answer: &str) -> Result<Receiver, ReceiverError> {
        self.wire.connect(answer).await?;
        self.rtc.set_remote_description(Instant::now(), RTCSessionDescription::answer(answer.to_owned())?)?;
        let (seen_in, seen) = mpsc::channel(EVENTS);
        let (acts, acts_out) = mpsc::channel(ACTS);
        let session = Session {
            rtc: self.rtc,
            wire: self.wire,
            channels: self.channels,
            assembler: Assembler::default(),
            track: None,
            seen: seen_in,
        };
        Ok(Receiver { seen, acts, task: tokio::spawn(session.run(acts_out)) })
    }
}

struct Session {
    rtc: RTCPeerConnection,
    wire: Wire,
    channels: Vec<(RTCDataChannelId, &'static str)>,
    assembler: Assembler,
    track: Option<(RTCRtpReceiverId, u32)>,
    seen: mpsc::Sender<Seen>,
}

impl Session {
    async fn run(mut self, mut acts: mpsc::Receiver<Act>) {
        let mut is_open = true;
        while is_open {
            is_open = self.settle().await;
            let now = Instant::now();
            let deadline = self.rtc.poll_timeout().unwrap_or(now + IDLE).max(now + TICK);
            tokio::select! {
                received = self.wire.receive() => {
                    let Some((datagram, from)) = received else { break };
                    self.receive(datagram, from);
                    for _ in 0..64 {
                        let Some((datagram, from)) = self.wire.try_receive() else { break };
                        self.receive(datagram, from);
                    }
                }
                act = acts.recv() => match act {
                    Some(Act::Send(label, text)) => self.send(label, text),
                    Some(Act::RequestKey) => self.request_key(),
                    Some(Act::Close) | None => break,
                },
                () = tokio::time::sleep_until(deadline.into()) => drop(self.rtc.handle_timeout(Instant::now())),
            }
        }
        drop(self.rtc.close());
        self.flush().await;
        drop(self.seen.send(Seen::Closed).await);
    }

    async fn flush(&mut self) {
        while let Some(out) = self.rtc.poll_write() {
            self.wire.send(&out.message, out.transport.peer_addr).await;
        }
    }

    /// Sends what waits and tells what happened; `false` when the server has gone.
    async fn settle(&mut self) -> bool {
        loop {
            self.flush().await;
            let mut told = Vec::new();
            while let Some(event) = self.rtc.poll_event() {
                match event {
                    RTCPeerConnectionEvent::OnConnectionStateChangeEvent(state) => match state {
                        RTCPeerConnectionState::Connected => told.push(Seen::Connected),
                        RTCPeerConnectionState::Closed | RTCPeerConnectionState::Failed => return false,
                        _ => {}
                    },
                    RTCPeerConnectionEvent::OnDataChannel(RTCDataChannelEvent::OnOpen(id)) => {
                        told.extend(self.label(id).map(Seen::ChannelOpen));
                    }
                    RTCPeerConnectionEvent::OnTrack(RTCTrackEvent::OnOpen(track)) => {
                        self.track = Some((track.receiver_id, track.ssrc));
                    }
                    _ => {}
                }
            }
            while let Some(TaggedRTCMessage { now, message }) = self.rtc.poll_read() {
                match message {
                    RTCMessage::RtpPacket(_, packet) => {
                        let progress = self.assembler.push(packet);
                        told.extend(progress.units.into_iter().map(|unit| Seen::Unit(unit, now)));
                        if progress.is_broken {
                            self.request_key();
                        }
                    }
                    RTCMessage::DataChannelMessage(id, message) => {
                        let text = String::from_utf8_lossy(&message.data).into_owned();
                        told.extend(self.label(id).map(|label| Seen::Text(label, text)));
                    }
                    _ => {}
                }
            }
            if told.is_empty() {
                return !self.has_ended();
            }
            for seen in told {
                if self.seen.send(seen).await.is_err() {
                    return false;
                }
            }
        }
    }

    /// The server's goodbye shows in the state of the transport, in no event.
    fn has_ended(&mut self) -> bool {
        let by_data = self.rtc.sctp().map(|sctp| sctp.transport().state());
        let by_video = || Some(self.rtc.rtp_receiver(self.track?.0)?.transport()?.state());
        matches!(
            by_data.or_else(by_video),
            Some(RTCDtlsTransportState::Closed | RTCDtlsTransportState::Failed)
        )
    }

    fn receive(&mut self, message: BytesMut, from: SocketAddr) {
        let transport = TransportContext {
            local_addr: self.wire.local(),
            peer_addr: from,
            ecn: None,
            transport_protocol: self.wire.protocol(),
        };
        // What the stack does not understand is lost.
        drop(self.rtc.handle_read(TaggedBytesMut { now: Instant::now(), transport, message }));
    }

    fn label(&self, id: RTCDataChannelId) -> Option<&'static str> {
        self.channels.iter().find(|(open, _)| *open == id).map(|(_, label)| *label)
    }

    fn send(&mut self, label: &str, text: String) {
        let id = self.channels.iter().find(|(_, known)| *known == label).map(|(id, _)| *id);
        if let Some(mut channel) = id.and_then(|id| self.rtc.data_channel(id)) {
            drop(channel.send_text(Instant::now(), text));
        }
    }

    fn request_key(&mut self) {
        let Some((receiver, media_ssrc)) = self.track else { return };
        if let Some(mut receiver) = self.rtc.rtp_receiver(receiver) {
            let request = PictureLossIndication { sender_ssrc: 0, media_ssrc };
            drop(receiver.write_rtcp(Instant::now(), vec![Box::new(request)]));
        }
    }
}

fn media_engine() -> Result<MediaEngine, ReceiverError> {
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
    let playout_delay = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay";
    let numbers = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
    for uri in [playout_delay, numbers] {
        let extension = RTCRtpHeaderExtensionCapability { uri: uri.to_owned() };
        engine.register_header_extension(extension, RtpCodecKind::Video, None)?;
    }
    Ok(engine)
}
