//! The task of one WebRTC connection: datagrams in, things seen out.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use rtc::data_channel::RTCDataChannelId;
use rtc::peer_connection::RTCPeerConnection;
use rtc::peer_connection::event::{RTCDataChannelEvent, RTCPeerConnectionEvent, RTCTrackEvent};
use rtc::peer_connection::message::{RTCMessage, TaggedRTCMessage};
use rtc::peer_connection::state::{RTCIceConnectionState, RTCPeerConnectionState};
use rtc::peer_connection::transport::RTCDtlsTransportState;
use rtc::rtcp;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtcp::transport_feedbacks::transport_layer_nack::{
    TransportLayerNack, nack_pairs_from_sequence_numbers,
};
use rtc::rtp_transceiver::RTCRtpReceiverId;
use rtc::sansio::Protocol as _;
use rtc::shared::{TaggedBytesMut, TransportContext};
use tokio::sync::mpsc;

use super::assembler::Assembler;
use super::wire::Wire;
use crate::session::{Act, Channel, Pair, Seen};

/// The shortest wait for a timer; the stack asks for less, and the loop would spin.
const TICK: Duration = Duration::from_millis(1);
/// A server that is silent for so long is given up. It keeps a silent viewer's session just as long.
const LOST_AFTER: Duration = Duration::from_secs(30);
/// Datagrams that are read before anything else gets its turn.
const BURST: usize = 64;

/// One connection.
pub struct Session {
    rtc: RTCPeerConnection,
    wire: Wire,
    channels: Vec<(RTCDataChannelId, Channel)>,
    assembler: Assembler,
    track: Option<(RTCRtpReceiverId, u32)>,
    last_heard: Instant,
    /// Where the last datagram came from: the one that completes a path is the answer to the check of that path.
    heard_from: Option<SocketAddr>,
    has_path: bool,
    seen: mpsc::Sender<Seen>,
}

/// Why a session goes no further.
enum End {
    /// The server closed it.
    Closed,
    /// Nothing was heard for [`LOST_AFTER`].
    Lost,
    /// The owner says goodbye, or reads no more.
    Left,
}

impl Session {
    /// A session whose offer has been answered.
    pub fn new(
        rtc: RTCPeerConnection,
        wire: Wire,
        channels: Vec<(RTCDataChannelId, Channel)>,
        seen: mpsc::Sender<Seen>,
    ) -> Self {
        let last_heard = Instant::now();
        Self {
            rtc,
            wire,
            channels,
            assembler: Assembler::default(),
            track: None,
            last_heard,
            heard_from: None,
            has_path: false,
            seen,
        }
    }

    /// Runs to the end.
    pub async fn run(mut self, mut acts: mpsc::Receiver<Act>) {
        let end = loop {
            if let Some(end) = self.settle().await {
                break end;
            }
            let now = Instant::now();
            let lost_at = self.last_heard + LOST_AFTER;
            if now >= lost_at {
                break End::Lost;
            }
            if self.assembler.asks(now) {
                self.request_key();
            }
            let missing = self.assembler.take_due(now);
            if !missing.is_empty() {
                self.request_again(&missing);
            }
            self.flush().await;
            let timers = [self.rtc.poll_timeout(), self.assembler.asks_at(), self.assembler.due_at()];
            let deadline = timers.into_iter().flatten().fold(lost_at, Instant::min).max(now + TICK);
            tokio::select! {
                received = self.wire.receive() => {
                    let Some((datagram, from)) = received else { break End::Closed };
                    self.receive(datagram, from);
                    for _ in 0..BURST {
                        let Some((datagram, from)) = self.wire.try_receive() else { break };
                        self.receive(datagram, from);
                    }
                }
                act = acts.recv() => match act {
                    Some(Act::Send(channel, text)) => self.send(channel, text),
                    Some(Act::RequestKey) => self.request_key(),
                    Some(Act::Close) | None => break End::Left,
                },
                () = tokio::time::sleep_until(deadline.into()) => drop(self.rtc.handle_timeout(Instant::now())),
            }
        };
        drop(self.rtc.close());
        self.flush().await;
        self.wire.finish().await;
        let last = match end {
            End::Closed | End::Left => Seen::Closed,
            End::Lost => Seen::Lost,
        };
        drop(self.seen.send(last).await);
    }

    async fn flush(&mut self) {
        while let Some(out) = self.rtc.poll_write() {
            self.wire.send(&out.message, out.transport.peer_addr).await;
        }
    }

    /// Sends what waits and tells what happened, until nothing does any more.
    async fn settle(&mut self) -> Option<End> {
        loop {
            self.flush().await;
            let mut told = Vec::new();
            while let Some(event) = self.rtc.poll_event() {
                if let Some(end) = self.hear(event, &mut told) {
                    return Some(end);
                }
            }
            while let Some(TaggedRTCMessage { now, message }) = self.rtc.poll_read() {
                self.read(now, message, &mut told);
            }
            if told.is_empty() {
                return self.has_ended().then_some(End::Closed);
            }
            for seen in told {
                if self.seen.send(seen).await.is_err() {
                    return Some(End::Left);
                }
            }
        }
    }

    fn hear(&mut self, event: RTCPeerConnectionEvent, told: &mut Vec<Seen>) -> Option<End> {
        match event {
            RTCPeerConnectionEvent::OnIceConnectionStateChangeEvent(
                RTCIceConnectionState::Connected | RTCIceConnectionState::Completed,
            ) if !self.has_path => {
                self.has_path = true;
                let local = self.wire.local();
                told.push(Seen::PathFound(Pair { local, remote: self.heard_from.unwrap_or(local) }));
            }
            RTCPeerConnectionEvent::OnConnectionStateChangeEvent(state) => match state {
                RTCPeerConnectionState::Connected => told.push(Seen::Connected),
                RTCPeerConnectionState::Closed | RTCPeerConnectionState::Failed => return Some(End::Closed),
                _ => {}
            },
            RTCPeerConnectionEvent::OnDataChannel(RTCDataChannelEvent::OnOpen(id)) => {
                told.extend(self.channel(id).map(Seen::ChannelOpen));
            }
            RTCPeerConnectionEvent::OnTrack(RTCTrackEvent::OnOpen(track)) => {
                self.track = Some((track.receiver_id, track.ssrc));
            }
            _ => {}
        }
        None
    }

    fn read(&mut self, now: Instant, message: RTCMessage, told: &mut Vec<Seen>) {
        match message {
            RTCMessage::RtpPacket(_, packet) => {
                let progress = self.assembler.push(packet, now);
                told.extend(progress.units.into_iter().map(Seen::Unit));
                if progress.is_broken {
                    self.request_key();
                }
            }
            RTCMessage::DataChannelMessage(id, message) => {
                let Some(channel) = self.channel(id) else { return };
                told.push(match String::from_utf8(message.data.to_vec()) {
                    Ok(text) => Seen::Text(channel, text),
                    Err(_) => Seen::Strange(format!("a message on {} that is not UTF-8", channel.label())),
                });
            }
            _ => {}
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
        let now = Instant::now();
        self.last_heard = now;
        self.heard_from = Some(from);
        let transport = TransportContext {
            local_addr: self.wire.local(),
            peer_addr: from,
            ecn: None,
            transport_protocol: self.wire.protocol(),
        };
        // What the stack does not understand is lost.
        drop(self.rtc.handle_read(TaggedBytesMut { now, transport, message }));
    }

    fn channel(&self, id: RTCDataChannelId) -> Option<Channel> {
        self.channels.iter().find(|(open, _)| *open == id).map(|(_, channel)| *channel)
    }

    fn send(&mut self, channel: Channel, text: String) {
        let id = self.channels.iter().find(|(_, known)| *known == channel).map(|(id, _)| *id);
        if let Some(mut channel) = id.and_then(|id| self.rtc.data_channel(id)) {
            drop(channel.send_text(Instant::now(), text));
        }
    }

    fn request_key(&mut self) {
        self.report(|media_ssrc| Box::new(PictureLossIndication { sender_ssrc: 0, media_ssrc }));
    }

    fn request_again(&mut self, missing: &[u16]) {
        let nacks = nack_pairs_from_sequence_numbers(missing);
        self.report(|media_ssrc| Box::new(TransportLayerNack { sender_ssrc: 0, media_ssrc, nacks }));
    }

    fn report(&mut self, about: impl FnOnce(u32) -> Box<dyn rtcp::Packet>) {
        let Some((receiver, media_ssrc)) = self.track else { return };
        if let Some(mut receiver) = self.rtc.rtp_receiver(receiver) {
            drop(receiver.write_rtcp(Instant::now(), vec![about(media_ssrc)]));
        }
    }
}
