//! The writing half of a client's WebSocket: messages first, then the newest picture, one at a time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::SinkExt as _;
use futures_util::stream::SplitSink;
use telestage_media::Timings;
use telestage_protocol::{Envelope, ServerMessage};
use telestage_session::ViewId;
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior};

use super::header::{BYTES, Header};
use super::pictures::{Coding, Next, Pictures};
use crate::http::Web;
use crate::http::session::visit::Pulse;
use crate::http::thrift::Thrift;
use crate::net::{CloseReason, PeerId, Seat, closed};
use crate::pipeline::encode::FrameSent;

/// A client that takes nothing for so long is gone.
const STALL: Duration = Duration::from_secs(10);
/// A client is asked so often whether it still reads: what the system takes for it says nothing of that.
const PING: Duration = Duration::from_secs(3);
/// How long a picture waits for the session to say which input it shows. That takes far less; a session that is busy
/// costs the number, not the picture.
const HINT: Duration = Duration::from_millis(20);

type Sink = SplitSink<WebSocket, Message>;

/// The half, and what goes through it.
pub struct Writer {
    peer: PeerId,
    sink: Sink,
    seat: Seat,
    web: Arc<Web>,
    pictures: Pictures,
    thrift: Thrift,
    ping: Interval,
    view: u32,
    pulse: Option<Pulse>,
}

impl Writer {
    /// A writer that has written nothing yet.
    #[must_use]
    pub fn new(
        peer: PeerId,
        sink: Sink,
        mut seat: Seat,
        web: Arc<Web>,
        coding: Option<Coding>,
        pulse: Option<Pulse>,
    ) -> Self {
        seat.video.mark_changed();
        let pictures = Pictures::new(coding, web.taps.clone(), web.jpegs.clone());
        let mut ping = tokio::time::interval(PING);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (thrift, view) = (Thrift::default(), ViewId::SHARED.0);
        Self { peer, sink, seat, web, pictures, thrift, ping, view, pulse }
    }

    /// Writes until the client is to go, or takes nothing any more.
    pub async fn run(&mut self) -> CloseReason {
        loop {
            let message = tokio::select! {
                biased;
                reason = closed(&mut self.seat.close) => return reason,
                text = self.seat.control.recv() => match text {
                    Some(text) => Message::Text(Utf8Bytes::from(&*text)),
                    None => return CloseReason::Shutdown,
                },
                Ok(()) = self.seat.motion.changed() => match self.seat.motion.borrow_and_update().clone() {
                    Some(text) => Message::Text(Utf8Bytes::from(&*text)),
                    None => continue,
                },
                Ok(()) = self.seat.video.changed() => {
                    let feed = self.seat.video.borrow_and_update().clone();
                    self.view = feed.as_ref().map_or(ViewId::SHARED.0, |feed| feed.view);
                    self.pictures.watch(feed);
                    continue;
                }
                _ = self.ping.tick() => Message::Ping(Bytes::new()),
                next = self.pictures.next(&self.thrift) => match next {
                    Ok(next) => {
                        if let Err(reason) = self.show(next).await {
                            return reason;
                        }
                        continue;
                    }
                    Err(error) => return CloseReason::Failed(error.to_string()),
                },
            };
            if let Err(reason) = self.send(message).await {
                return reason;
            }
        }
    }

    /// Says why the connection ends, if anybody still listens.
    pub async fn say_goodbye(&mut self, code: u16, reason: String) {
        // What was said before the end, such as why it ends, goes first.
        while let Ok(text) = self.seat.control.try_recv() {
            if self.send(Message::Text(Utf8Bytes::from(&*text))).await.is_err() {
                return;
            }
        }
        let frame = CloseFrame { code, reason: Utf8Bytes::from(reason) };
        drop(self.send(Message::Close(Some(frame))).await);
    }

    async fn show(&mut self, next: Next) -> Result<(), CloseReason> {
        let (mut header, body) = match next {
            Next::Unit(unit) => {
                let header = Header {
                    is_key: unit.packet.key,
                    is_jpeg: false,
                    frame: unit.packet.frame,
                    rtp_timestamp: unit.rtp_timestamp,
                    input_seq: 0,
                };
                (header, unit.packet.data.clone())
            }
            Next::Jpeg(shown, jpeg, took) => {
                let rtp_timestamp = self.web.clock.at(shown.at);
                let frame = FrameSent {
                    view: ViewId(self.view),
                    rendition: 0,
                    viewer: Some(self.peer),
                    number: shown.frame.number,
                    rtp_timestamp,
                    view_version: shown.frame.view_version,
                    timings: Timings { encode: took, ..shown.frame.timings },
                    size: shown.frame.size,
                    bitrate_bps: self.thrift.sent_bps(),
                    samples: shown.samples,
                    is_refining: shown.is_refining,
                    is_reduced: shown.is_reduced,
                    is_bound: self.thrift.is_thrifty(),
                };
                // A hub that is behind has old news to read first.
                let _ = self.web.sent.try_send(frame);
                let number = shown.frame.number;
                (Header { is_key: true, is_jpeg: true, frame: number, rtp_timestamp, input_seq: 0 }, jpeg)
            }
        };
        header.input_seq = input_seq(self.seat.motion.clone(), header.frame).await;
        let start = Instant::now();
        self.send(Message::Binary(message(&header, &body))).await?;
        self.thrift.sent(body.len(), start, Instant::now());
        Ok(())
    }

    async fn send(&mut self, message: Message) -> Result<(), CloseReason> {
        match tokio::time::timeout(STALL, self.sink.send(message)).await {
            Ok(Ok(())) => {
                if let Some(pulse) = &self.pulse {
                    pulse.touch();
                }
                Ok(())
            }
            Ok(Err(_)) => Err(CloseReason::Lost),
            Err(_) => Err(CloseReason::Deaf),
        }
    }
}

fn message(header: &Header, body: &[u8]) -> Bytes {
    let mut bytes = BytesMut::with_capacity(BYTES + body.len());
    bytes.put_slice(&header.bytes());
    bytes.put_slice(body);
    bytes.freeze()
}

/// The newest input of this client that `frame` shows, as the session says it on the way of `motion`. Zero for a client
/// that has moved nothing or did not say hello.
async fn input_seq(mut motion: watch::Receiver<Option<Arc<str>>>, frame: u32) -> u32 {
    if motion.borrow().is_none() {
        return 0;
    }
    let has_come = |text: &Option<Arc<str>>| told(text.as_deref()).is_none_or(|(about, _)| about >= frame);
    // In time or not, what is there counts.
    drop(tokio::time::timeout(HINT, motion.wait_for(has_come)).await);
    let text = motion.borrow().clone();
    told(text.as_deref()).map_or(0, |(_, seq)| seq)
}

/// Which frame a `frameInfo` is about, and the input that it names.
fn told(text: Option<&str>) -> Option<(u32, u32)> {
    match serde_json::from_str::<Envelope<ServerMessage>>(text?).ok()?.message {
        ServerMessage::FrameInfo(info) => Some((info.frame, info.input_seq)),
        _ => None,
    }
}
