//! Encoded frames and messages on one WebSocket, where WebRTC does not get through: `GET /ws`.
//!
//! Which frames come is the server's choice: to a reader that falls behind it sends the newest and leaves others out.

mod frame;

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::error::Error as WsError;
use tokio_tungstenite::tungstenite::protocol::{Message, WebSocketConfig};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::http::Answer;
use crate::session::{Act, Channel, Pair, Receiver, Seen};

/// Largest message that is read, in bytes: far beyond any picture.
const MESSAGE_MAX: usize = 32 << 20;
/// A server that is silent for so long is given up.
const LOST_AFTER: Duration = Duration::from_secs(30);

/// Why there is no WebSocket.
#[derive(Debug)]
pub enum OpenError {
    /// The connection failed.
    Connection(String),
    /// Answered in HTTP, with something else.
    Status(Box<Answer>),
    /// Answered in another way.
    NotWebSocket(String),
}

/// Asks for `/ws` on a fresh connection. `host` is the server's name and port.
pub async fn open(stream: TcpStream, host: &str) -> Result<Receiver, OpenError> {
    let config =
        WebSocketConfig::default().max_message_size(Some(MESSAGE_MAX)).max_frame_size(Some(MESSAGE_MAX));
    match client_async_with_config(format!("ws://{host}/ws"), stream, Some(config)).await {
        Ok((socket, _)) => Ok(Receiver::start(|seen, acts| Session { socket, seen }.run(acts))),
        Err(WsError::Http(response)) => {
            let line = |(name, value): (&_, &tokio_tungstenite::tungstenite::http::HeaderValue)| {
                format!("{name}: {}\r\n", String::from_utf8_lossy(value.as_bytes()))
            };
            Err(OpenError::Status(Box::new(Answer {
                status: response.status().as_u16(),
                head: response.headers().iter().map(line).collect(),
                body: String::from_utf8_lossy(response.body().as_deref().unwrap_or_default()).into_owned(),
            })))
        }
        Err(WsError::Io(error)) => Err(OpenError::Connection(error.to_string())),
        Err(error) => Err(OpenError::NotWebSocket(error.to_string())),
    }
}

struct Session {
    socket: WebSocketStream<TcpStream>,
    seen: mpsc::Sender<Seen>,
}

impl Session {
    async fn run(mut self, mut acts: mpsc::Receiver<Act>) {
        let stream = self.socket.get_ref();
        let ends = stream.local_addr().and_then(|local| Ok(Pair { local, remote: stream.peer_addr()? }));
        // A connection without ends breaks at the first word.
        let open = ends.ok().map(Seen::PathFound).into_iter().chain([Seen::Connected]);
        for seen in open.chain(Channel::ALL.map(Seen::ChannelOpen)) {
            if self.seen.send(seen).await.is_err() {
                return;
            }
        }
        let mut lost_at = Instant::now() + LOST_AFTER;
        let last = loop {
            tokio::select! {
                message = self.socket.next() => {
                    let now = Instant::now();
                    lost_at = now + LOST_AFTER;
                    match message {
                        Some(Ok(Message::Text(text))) => {
                            self.tell(Seen::Text(Channel::Control, text.as_str().to_owned())).await;
                        }
                        Some(Ok(Message::Binary(bytes))) => self.tell(picture(&bytes, now)).await,
                        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                        Some(Ok(Message::Close(_)) | Err(_)) | None => break Seen::Closed,
                    }
                }
                act = acts.recv() => match act {
                    Some(Act::Send(Channel::Control | Channel::Motion, text)) => {
                        // A broken connection shows at the next read.
                        drop(self.socket.send(Message::text(text)).await);
                    }
                    Some(Act::RequestKey) => {}
                    Some(Act::Close) | None => break Seen::Closed,
                },
                () = tokio::time::sleep_until(lost_at.into()) => break Seen::Lost,
            }
        };
        drop(self.socket.close(None).await);
        drop(self.seen.send(last).await);
    }

    /// Waits for whoever reads; who has gone is noticed by the queue of acts.
    async fn tell(&self, seen: Seen) {
        drop(self.seen.send(seen).await);
    }
}

fn picture(message: &Bytes, now: Instant) -> Seen {
    match frame::parse(message, now) {
        Ok(unit) => Seen::Unit(unit),
        Err(error) => Seen::Strange(error.to_string()),
    }
}
