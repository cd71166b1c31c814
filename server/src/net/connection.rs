//! One WebRTC connection without input and output: datagrams and time go in, datagrams and events come out.
//!
//! Wraps the sans-IO core of crate `rtc` in the words of this server. Answers offers, sends access units with a
//! playout delay of zero, carries text on the two channels. Never touches a socket, never waits.
//!
//! A full ICE agent, not a lite one, although it never checks on its own account: to a lite server Chromium nominates
//! only with a later check, which can come a second after the first, and the first picture waits for it.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use rtc::crypto::SignatureScheme;
use rtc::data_channel::RTCDataChannelId;
use rtc::ice::mdns::MulticastDnsMode;
use rtc::interceptor::{Registry, SenderReportBuilder, Slot};
use rtc::peer_connection::certificate::{CertificateParams, RTCCertificate};
use rtc::peer_connection::configuration::RTCConfigurationBuilder;
use rtc::peer_connection::configuration::setting_engine::{SctpMaxMessageSize, SettingEngineBuilder};
use rtc::peer_connection::event::{RTCDataChannelEvent, RTCPeerConnectionEvent};
use rtc::peer_connection::message::{RTCMessage, TaggedRTCMessage};
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::peer_connection::state::RTCPeerConnectionState;
use rtc::peer_connection::transport::{RTCDtlsRole, RTCDtlsTransportState, RTCIceCandidateInit};
use rtc::peer_connection::{RTCPeerConnection, RTCPeerConnectionBuilder};
use rtc::sansio::Protocol as _;
use rtc::shared::{TaggedBytesMut, TransportContext, TransportProtocol};

use super::channel::{Channel, MESSAGE_MAX, Rejection};
use super::congestion::Figures;
use super::feedback::{self, Feedback, News};
use super::inbound::Inbound;
use super::offer::{self, OfferError, Wish};
use super::remote::{Remote, Via};
use super::secret;
use super::stream::AccessUnit;
use super::video::{self, Video};

/// What the SDP announces: above [`MESSAGE_MAX`], so that a client that sends too much gets an answer. Every connection
/// takes as much memory at once.
const SCTP_MESSAGE_MAX: u32 = 128 * 1024;
/// Data channels that a client may open, beyond which it is up to something else.
const CHANNELS_MAX: usize = 16;
/// First bytes of DTLS records (RFC 7983).
const DTLS: RangeInclusive<u8> = 20..=63;

/// The certificate that all connections of one server present.
#[derive(Clone)]
pub struct Identity(RTCCertificate);

impl Identity {
    /// Makes a key and a self-signed certificate (ECDSA on P-256).
    ///
    /// # Errors
    /// The crypto library's refusal.
    pub fn generate() -> Result<Self, ConnectionError> {
        let provider =
            rtc::crypto::default_provider().map_err(|error| ConnectionError::new(error.to_string()))?;
        let scheme = SignatureScheme::EcdsaP256Sha256;
        Ok(Self(RTCCertificate::generate(provider.crypto(), scheme, CertificateParams::default())?))
    }
}

/// The WebRTC stack's refusal, in its words.
#[derive(Debug, thiserror::Error)]
#[error("webrtc: {0}")]
pub struct ConnectionError(String);

impl ConnectionError {
    pub(super) fn new(cause: impl Into<String>) -> Self {
        Self(cause.into())
    }
}

impl From<rtc::shared::error::Error> for ConnectionError {
    fn from(error: rtc::shared::error::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<secret::NoRandomness> for ConnectionError {
    fn from(error: secret::NoRandomness) -> Self {
        Self(error.to_string())
    }
}

/// What a connection tells its peer task.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// Encrypted and ready to send.
    Connected,
    /// The far end closed it, or the handshake failed.
    Closed,
    /// A channel can be written to.
    ChannelOpen(Channel),
    /// A text arrived.
    Message(Channel, String),
    /// A message arrived that is not handed on.
    Rejected(Channel, Rejection),
    /// The far end needs a keyframe.
    KeyWanted,
    /// The far end lives: it reported on what it got.
    Heard,
}

/// One connection.
pub struct Connection {
    rtc: RTCPeerConnection,
    wish: Wish,
    offer: String,
    ufrag: String,
    local: [SocketAddr; 2],
    video: Option<Video>,
    channels: [Option<RTCDataChannelId>; 2],
    channels_seen: usize,
    /// A DTLS record came since the last look at the transport's state.
    may_have_ended: bool,
}

impl Connection {
    /// Answers `offer`; the answer has no candidates yet. `port` is the one that all peers share, `most_bps` all that is
    /// ever sent for long.
    ///
    /// # Errors
    /// The offer's fault, or the stack's refusal of it, which is the offer's fault too.
    pub fn answer(
        now: Instant,
        identity: &Identity,
        port: u16,
        most_bps: f64,
        offer: &str,
    ) -> Result<(Self, String), OfferError> {
        let wish = offer::wish(offer)?;
        Self::build(now, identity, port, most_bps, offer::without_candidates(offer), wish)
            .map_err(|error| OfferError::Malformed(error.to_string()))
    }

    fn build(
        now: Instant,
        identity: &Identity,
        port: u16,
        most_bps: f64,
        offer: String,
        wish: Wish,
    ) -> Result<(Self, String), ConnectionError> {
        let settings = SettingEngineBuilder::new()
            // Zero is never: the peer task has a clock of its own for lost clients, and the client keeps the path alive.
            .with_ice_timeouts(Some(Duration::ZERO), Some(Duration::ZERO), Some(Duration::ZERO))
            .with_multicast_dns_mode(MulticastDnsMode::Disabled)
            // Chromium answers a hello 150 ms late and sends its own at once.
            .with_answering_dtls_role(RTCDtlsRole::Server)
            .with_sctp_max_message_size(SctpMaxMessageSize::Bounded(SCTP_MESSAGE_MAX))
            .build();
        let configuration =
            RTCConfigurationBuilder::new().with_certificates(vec![identity.0.clone()]).build();
        let registry = Registry::new()
            .with(Slot::SenderReport, SenderReportBuilder::new().build())
            .with(Slot::from(14_000), Inbound::<Feedback>::default());
        let mut rtc = RTCPeerConnectionBuilder::new()
            .with_configuration(configuration)
            .with_setting_engine(settings)
            .with_media_engine(video::media_engine()?)
            .with_interceptor_registry(registry)
            .build(now)?;

        // Every inbound datagram is tagged with one of these two, whatever address it came in by.
        let local =
            [SocketAddr::from((Ipv4Addr::LOCALHOST, port)), SocketAddr::from((Ipv6Addr::LOCALHOST, port))];
        for candidate in offer::candidates(&local) {
            rtc.add_local_candidate(RTCIceCandidateInit { candidate, ..Default::default() })?;
        }
        let offered = if wish.video { Some(video::offer(&mut rtc)?) } else { None };
        let mut connection = Self {
            rtc,
            wish,
            offer,
            ufrag: String::new(),
            local,
            video: None,
            channels: [None; 2],
            channels_seen: 0,
            may_have_ended: false,
        };
        let offer = connection.offer.clone();
        let answer = connection.negotiate(now, offer)?;
        if let Some(offered) = offered {
            connection.video = Some(offered.agreed(&mut connection.rtc, now, most_bps)?);
        }
        Ok((connection, answer))
    }

    fn negotiate(&mut self, now: Instant, offer: String) -> Result<String, ConnectionError> {
        self.rtc.set_remote_description(now, RTCSessionDescription::offer(offer)?)?;
        let answer = self.rtc.create_answer(None)?;
        let text = answer.sdp.clone();
        self.rtc.set_local_description(now, answer)?;
        let (ufrag, _) = offer::ice_credentials(&text).ok_or_else(no_credentials)?;
        self.ufrag = ufrag.to_owned();
        Ok(text)
    }

    /// New ICE credentials of the client; returns the server's own new ones, user fragment first.
    ///
    /// # Errors
    /// The stack's refusal.
    pub fn restart_ice(
        &mut self,
        now: Instant,
        ufrag: &str,
        password: &str,
    ) -> Result<(String, String), ConnectionError> {
        let offer = offer::with_ice_credentials(&self.offer, ufrag, password);
        let answer = self.negotiate(now, offer.clone())?;
        let (ufrag, password) = offer::ice_credentials(&answer).ok_or_else(no_credentials)?;
        self.offer = offer;
        Ok((ufrag.to_owned(), password.to_owned()))
    }

    /// The user fragment by which datagrams find this connection.
    #[must_use]
    pub fn ufrag(&self) -> &str {
        &self.ufrag
    }

    /// What the offer asked for.
    #[must_use]
    pub fn wish(&self) -> Wish {
        self.wish
    }

    /// A datagram from `from` arrived.
    pub fn handle_datagram(&mut self, now: Instant, from: Remote, datagram: BytesMut) {
        self.may_have_ended |= datagram.first().is_some_and(|byte| DTLS.contains(byte));
        let local_addr = if from.address.is_ipv4() { self.local[0] } else { self.local[1] };
        let transport_protocol = match from.via {
            Via::Udp => TransportProtocol::UDP,
            Via::Tcp => TransportProtocol::TCP,
        };
        let transport =
            TransportContext { local_addr, peer_addr: from.address, ecn: None, transport_protocol };
        if let Err(error) = self.rtc.handle_read(TaggedBytesMut { now, transport, message: datagram }) {
            tracing::trace!(%error, %from, "datagram dropped");
        }
    }

    /// Sends an access unit, as soon as its packets may leave.
    pub fn send_unit(&mut self, now: Instant, unit: &AccessUnit) {
        if let Some(video) = &mut self.video {
            video.push(now, unit);
        }
        self.pump(now);
    }

    fn pump(&mut self, now: Instant) {
        if let Some(video) = &mut self.video {
            video.pump(&mut self.rtc, now);
        }
    }

    /// Whether the next picture is left out, because those before it still wait.
    pub fn is_behind(&mut self, now: Instant) -> bool {
        self.video.as_mut().is_some_and(|video| video.outbox().is_behind(now))
    }

    /// Pictures were left out and nothing waits any more: time for a keyframe. True once.
    pub fn caught_up(&mut self, now: Instant) -> bool {
        self.video.as_mut().is_some_and(|video| video.outbox().caught_up(now))
    }

    /// What left waits beyond this side: the link carries less than was thought.
    pub fn fell_behind(&mut self, now: Instant) {
        if let Some(video) = &mut self.video {
            video.outbox().fell_behind(now);
        }
    }

    /// Packets go to another address from now on.
    pub fn forget_way(&mut self) {
        if let Some(video) = &mut self.video {
            video.outbox().forget_way();
        }
    }

    /// What is known of the link, if a picture flows.
    pub fn figures(&mut self) -> Option<Figures> {
        self.video.as_mut().map(|video| video.outbox().figures())
    }

    /// Sends a text; `false` if that channel is not open.
    ///
    /// # Errors
    /// The stack's refusal, such as a text larger than the client takes.
    pub fn send_text(&mut self, now: Instant, channel: Channel, text: &str) -> Result<bool, ConnectionError> {
        let Some(mut open) = self.channels[channel.index()].and_then(|id| self.rtc.data_channel(id)) else {
            return Ok(false);
        };
        open.send_text(now, text)?;
        Ok(true)
    }

    /// Bytes of a channel that the far end has not confirmed; `None` if it is not open.
    pub fn unconfirmed_bytes(&mut self, channel: Channel) -> Option<usize> {
        let id = self.channels[channel.index()]?;
        Some(self.rtc.data_channel(id)?.outstanding_bytes())
    }

    /// The next datagram to send, and where the stack thinks that it goes.
    pub fn poll_datagram(&mut self) -> Option<(Remote, BytesMut)> {
        let out = self.rtc.poll_write()?;
        let via = match out.transport.transport_protocol {
            TransportProtocol::TCP => Via::Tcp,
            // The stack knows no third way.
            _ => Via::Udp,
        };
        Some((Remote { via, address: out.transport.peer_addr }, out.message))
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        while let Some(event) = self.rtc.poll_event() {
            if let Some(event) = self.translate(&event) {
                return Some(event);
            }
        }
        while let Some(TaggedRTCMessage { now, message }) = self.rtc.poll_read() {
            match message {
                RTCMessage::RtcpPacket(_, packets) => return Some(self.learn(now, &packets)),
                RTCMessage::DataChannelMessage(id, message) => {
                    if let Some(channel) = self.channel(id) {
                        return Some(read_message(channel, message.is_string, &message.data));
                    }
                }
                _ => {}
            }
        }
        (std::mem::take(&mut self.may_have_ended) && self.has_ended()).then_some(Event::Closed)
    }

    /// Follows what the client says of the packets that it got.
    fn learn(&mut self, now: Instant, packets: &[Box<dyn rtc::rtcp::Packet>]) -> Event {
        let Some(video) = &mut self.video else { return Event::Heard };
        let News { wants_key, missing, arrivals, lost } = feedback::read(packets, video.ssrc());
        let outbox = video.outbox();
        if !arrivals.is_empty() {
            outbox.learn(now, &arrivals);
        }
        if let Some(lost) = lost {
            outbox.learn_share(now, lost);
        }
        outbox.repeat(now, missing);
        self.pump(now);
        if wants_key { Event::KeyWanted } else { Event::Heard }
    }

    /// The far end's goodbye shows in the state of the transport, in no event.
    fn has_ended(&mut self) -> bool {
        let by_data = self.rtc.sctp().map(|sctp| sctp.transport().state());
        let by_video = || self.video.as_ref()?.transport_state(&mut self.rtc);
        matches!(
            by_data.or_else(by_video),
            Some(RTCDtlsTransportState::Closed | RTCDtlsTransportState::Failed)
        )
    }

    fn translate(&mut self, event: &RTCPeerConnectionEvent) -> Option<Event> {
        match event {
            RTCPeerConnectionEvent::OnConnectionStateChangeEvent(RTCPeerConnectionState::Connected) => {
                Some(Event::Connected)
            }
            RTCPeerConnectionEvent::OnConnectionStateChangeEvent(
                RTCPeerConnectionState::Failed | RTCPeerConnectionState::Closed,
            ) => Some(Event::Closed),
            RTCPeerConnectionEvent::OnDataChannel(RTCDataChannelEvent::OnOpen(id)) => {
                self.channel_opened(*id)
            }
            RTCPeerConnectionEvent::OnDataChannel(
                RTCDataChannelEvent::OnClose(id) | RTCDataChannelEvent::OnError(id),
            ) => {
                if let Some(channel) = self.channel(*id) {
                    self.channels[channel.index()] = None;
                }
                None
            }
            _ => None,
        }
    }

    fn channel_opened(&mut self, id: RTCDataChannelId) -> Option<Event> {
        self.channels_seen += 1;
        if self.channels_seen > CHANNELS_MAX {
            return Some(Event::Closed);
        }
        let mut opened = self.rtc.data_channel(id)?;
        let channel = Channel::from_label(opened.label());
        match channel {
            Some(channel) if self.channels[channel.index()].is_none() => {
                self.channels[channel.index()] = Some(id);
                Some(Event::ChannelOpen(channel))
            }
            Some(_) | None => {
                tracing::debug!(label = opened.label(), "a channel that nobody knows is closed");
                if let Err(error) = opened.close() {
                    tracing::debug!(%error, "it does not close");
                }
                None
            }
        }
    }

    fn channel(&self, id: RTCDataChannelId) -> Option<Channel> {
        Channel::ALL.into_iter().find(|channel| self.channels[channel.index()] == Some(id))
    }

    /// When [`Self::handle_timeout`] wants to be called.
    pub fn deadline(&mut self, now: Instant) -> Option<Instant> {
        let ours = self.video.as_mut().and_then(|video| video.outbox().deadline(now));
        let theirs = self.rtc.poll_timeout();
        ours.into_iter().chain(theirs).min()
    }

    /// Time passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        if let Err(error) = self.rtc.handle_timeout(now) {
            tracing::debug!(%error, "timer failed");
        }
        self.pump(now);
    }

    /// Says goodbye; what that takes waits in [`Self::poll_datagram`].
    pub fn close(&mut self) {
        if let Err(error) = self.rtc.close() {
            tracing::debug!(%error, "connection does not close");
        }
    }
}

fn no_credentials() -> ConnectionError {
    ConnectionError::new("the answer has no ICE credentials")
}

fn read_message(channel: Channel, is_text: bool, data: &[u8]) -> Event {
    if data.len() > MESSAGE_MAX {
        return Event::Rejected(channel, Rejection::TooLarge { bytes: data.len() });
    }
    match std::str::from_utf8(data) {
        Ok(text) if is_text => Event::Message(channel, text.to_owned()),
        Ok(_) | Err(_) => Event::Rejected(channel, Rejection::NotText),
    }
}
