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

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use futures_util::stream::SplitStream;
use serde::Deserialize;

use self::pictures::Coding;
use self::writer::Writer;
use crate::http::Web;
use crate::http::error::ApiError;
use crate::net::{CloseReason, Guest, MESSAGE_MAX, Rejection};

/// A longer message ends the connection; one of up to [`MESSAGE_MAX`] is read, one between gets an answer.
const FRAME_MAX: usize = 256 * 1024;

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
enum Video {
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
    let guest = Guest::enter(&web.endpoint)?;
    let upgrade = upgrade.max_message_size(FRAME_MAX).max_frame_size(FRAME_MAX);
    Ok(upgrade.on_upgrade(move |socket| serve(socket, guest, web, wish)).into_response())
}

async fn serve(socket: WebSocket, mut guest: Guest, web: Arc<Web>, wish: Wish) {
    if !guest.open().await {
        return;
    }
    let (sink, stream) = socket.split();
    let coding = match wish.video {
        Video::H264 => Some(Coding::Stream),
        Video::Jpeg => Some(Coding::Jpeg),
        Video::None => None,
    };
    let Some(seat) = guest.take_seat() else { return };
    let mut writer = Writer::new(guest.peer(), sink, seat, web, coding);
    let reason = tokio::select! {
        reason = read(stream, &mut guest) => reason,
        reason = writer.run() => reason,
    };
    writer.say_goodbye(&reason).await;
    guest.leaves(reason);
}

/// Hands on what the client says, until it has said its last.
async fn read(mut stream: SplitStream<WebSocket>, guest: &mut Guest) -> CloseReason {
    while let Ok(Some(Ok(message))) = tokio::time::timeout(SILENCE, stream.next()).await {
        if !guest.comes() {
            return CloseReason::Full;
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
    CloseReason::Lost
}
