//! `WS /ws`: pictures and messages over one WebSocket, for whoever cannot have WebRTC.
//!
//! Texts are control messages, both ways. Binary messages are pictures: 16 bytes ([`header`]) and then an H.264 access
//! unit, or a JPEG. The newest picture wins: the next one is chosen when the socket has taken the last one. A client that
//! cannot keep up with the common stream gets JPEGs of the newest picture instead, as large as its connection carries,
//! and the stream again when there is room.

mod header;
mod pictures;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use futures_util::stream::SplitStream;
use serde::Deserialize;

use self::pictures::Coding;
use self::writer::Writer;
use crate::http::Web;
use crate::http::error::ApiError;
use crate::http::session::visit::{self, Pulse, Visit};
use crate::net::{CloseReason, Guest, MESSAGE_MAX, Rejection};

/// A longer message ends the connection; one of up to [`MESSAGE_MAX`] is read, one between gets an answer.
const FRAME_MAX: usize = 256 * 1024;

/// Messages of a client that has not answered the first ping yet; no client needs to say more before it is welcome.
const EARLY_MAX: usize = 16;

/// A client that says nothing for so long, not even that it heard the last ping, is gone, or has stopped.
const SILENCE: Duration = Duration::from_secs(10);

/// Which pictures.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// How they are coded.
    #[serde(default)]
    video: Video,
}

/// How pictures are coded.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Video {
    /// As the common stream where the connection carries it, else as JPEGs.
    #[default]
    H264,
    /// As JPEGs.
    Jpeg,
    /// None: messages alone.
    None,
}

/// `GET /ws`.
///
/// # Errors
/// 400 for an unknown wish or a request that is no WebSocket's, 503 without a free place.
pub async fn ws(
    State(web): State<Arc<Web>>,
    wish: Result<Query<Wish>, axum::extract::rejection::QueryRejection>,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let Query(wish) = wish.map_err(|error| ApiError::bad_request(error.body_text()))?;
    let upgrade = upgrade.map_err(|error| ApiError::bad_request(error.body_text()))?;
    begin(web, upgrade, wish.video, None)
}

/// Serves a WebSocket, perhaps one of a session.
///
/// # Errors
/// 503 without a free place.
pub fn begin(
    web: Arc<Web>,
    upgrade: WebSocketUpgrade,
    video: Video,
    visit: Option<Visit>,
) -> Result<Response, ApiError> {
    let guest = Guest::enter(&web.endpoint)?;
    let upgrade = upgrade.max_message_size(FRAME_MAX).max_frame_size(FRAME_MAX);
    Ok(upgrade.on_upgrade(move |socket| serve(socket, guest, web, video, visit)).into_response())
}

async fn serve(socket: WebSocket, mut guest: Guest, web: Arc<Web>, video: Video, mut visit: Option<Visit>) {
    let (sink, stream) = socket.split();
    let coding = match video {
        Video::H264 => Some(Coding::Stream),
        Video::Jpeg => Some(Coding::Jpeg),
        Video::None => None,
    };
    let Some(seat) = guest.take_seat() else { return };
    let pulse = visit.as_ref().map(Visit::pulse);
    let mut writer = Writer::new(guest.peer(), sink, seat, web, coding, pulse.clone());
    let (reason, close) = tokio::select! {
        over = visit::over(&mut visit) => (CloseReason::Ended, Some((over.close_code(), over.to_string()))),
        reason = read(stream, &mut guest, pulse.as_ref()) => (reason, None),
        reason = writer.run() => (reason, None),
    };
    let close = close.or_else(|| Some((code_of(&reason)?, reason.to_string())));
    if let Some((code, text)) = close {
        writer.say_goodbye(code, text).await;
    }
    guest.leaves(reason);
}

/// How the client is told why; `None` where nobody listens, and what waits before it would keep its place for as long as
/// it takes to find that out.
fn code_of(reason: &CloseReason) -> Option<u16> {
    Some(match reason {
        CloseReason::Lost | CloseReason::Deaf => return None,
        CloseReason::Gone | CloseReason::Ended | CloseReason::NeverConnected | CloseReason::Displaced => {
            close_code::NORMAL
        }
        CloseReason::Shutdown => close_code::RESTART,
        CloseReason::Full => close_code::AGAIN,
        CloseReason::Flood => close_code::POLICY,
        CloseReason::Failed(_) => close_code::ERROR,
    })
}

/// Hands on what the client says, until it has said its last.
async fn read(mut stream: SplitStream<WebSocket>, guest: &mut Guest, pulse: Option<&Pulse>) -> CloseReason {
    let early = match arrival(&mut stream, guest).await {
        Ok(early) => early,
        Err(reason) => return reason,
    };
    if !guest.open().await {
        return CloseReason::Shutdown;
    }
    let mut early = early.into_iter();
    loop {
        let message = match early.next() {
            Some(message) => message,
            None => match next(&mut stream).await {
                Some(message) => message,
                None => return CloseReason::Lost,
            },
        };
        if let Some(pulse) = pulse {
            pulse.touch();
        }
        let is_heard = match message {
            Message::Text(text) if text.len() > MESSAGE_MAX => {
                guest.rejected(Rejection::TooLarge { bytes: text.len() }).await
            }
            Message::Text(text) => guest.said(text.as_str().to_owned()).await,
            Message::Binary(_) => guest.rejected(Rejection::NotText).await,
            Message::Ping(_) | Message::Pong(_) => true,
            Message::Close(_) => return CloseReason::Gone,
        };
        if !is_heard {
            return CloseReason::Shutdown;
        }
    }
}

/// Waits until the client has answered the first ping, and takes its place then: anybody can send a greeting and read
/// nothing. What it says meanwhile is handed on afterwards; as the greeting and the answer leave a client at the same
/// time, that costs none.
async fn arrival(
    stream: &mut SplitStream<WebSocket>,
    guest: &mut Guest,
) -> Result<Vec<Message>, CloseReason> {
    let mut early = Vec::new();
    loop {
        match next(stream).await.ok_or(CloseReason::NeverConnected)? {
            Message::Pong(_) => break,
            Message::Close(_) => return Err(CloseReason::Gone),
            _ if early.len() == EARLY_MAX => return Err(CloseReason::Flood),
            message => early.push(message),
        }
    }
    if guest.comes() { Ok(early) } else { Err(CloseReason::Full) }
}

/// The next message; `None` once there is none, or none for too long.
async fn next(stream: &mut SplitStream<WebSocket>) -> Option<Message> {
    tokio::time::timeout(SILENCE, stream.next()).await.ok()??.ok()
}
