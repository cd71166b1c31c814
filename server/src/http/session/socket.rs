//! `WS /stream/{id}`: a session's picture through a WebSocket.
//!
//! As it is, it speaks JSON (requirement S3-07): `{"type": "status", "message"}`, `{"type": "frame", "data"}` with a JPEG
//! in base64, `{"type": "error", "message"}`, and takes no messages. With `?binary=1` it is `/ws`, messages included.
//! The newest picture wins, as large as the connection carries.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use serde_json::{Value, json};
use telestage_session::Health;
use tokio::sync::{Notify, OwnedSemaphorePermit, watch};

use super::api::unknown;
use super::visit::{Pulse, Visit};
use crate::http::Web;
use crate::http::error::ApiError;
use crate::http::thrift::Thrift;
use crate::http::ws;
use crate::pipeline::render::Shown;

/// A client that takes nothing for so long is gone.
const STALL: Duration = Duration::from_secs(10);
/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);
/// A still picture repeats this often, so that whoever shows it knows that it is still true.
const REPEAT: Duration = Duration::from_secs(1);
/// Least time between two pictures: 30 a second, as `/stream` has them.
const INTERVAL: Duration = Duration::from_millis(33);
/// Largest message that is read, in bytes; what it says does not matter.
const MESSAGE_MAX: usize = 64 * 1024;

/// What is asked for.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// 1: as `/ws`, messages included.
    #[serde(default)]
    binary: u8,
    /// As in [`ws::Wish`]; only with `binary=1`.
    video: Option<ws::Video>,
}

/// `GET /stream/{id}` with an upgrade.
///
/// # Errors
/// 404 for an unknown session, 400 for an unknown wish or a request that is no WebSocket's, 503 without a free place.
pub async fn socket(
    State(web): State<Arc<Web>>,
    Path(id): Path<String>,
    wish: Result<Query<Wish>, axum::extract::rejection::QueryRejection>,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let Query(wish) = wish.map_err(|error| ApiError::bad_request(error.body_text()))?;
    if wish.binary > 1 {
        return Err(ApiError::bad_request("binary is 0 or 1"));
    }
    let visit = web.sessions.enter(&id, Instant::now()).ok_or_else(|| unknown(&id))?;
    let upgrade = upgrade.map_err(|error| ApiError::bad_request(error.body_text()))?;
    if wish.binary == 1 {
        return ws::begin(web, upgrade, wish.video.unwrap_or_default(), Some(visit));
    }
    if wish.video.is_some() {
        return Err(ApiError::bad_request(
            "video is chosen together with binary=1; without it frames are JPEGs",
        ));
    }
    let seat = web.watching_seat()?;
    let upgrade = upgrade.max_message_size(MESSAGE_MAX).max_frame_size(MESSAGE_MAX);
    Ok(upgrade.on_upgrade(move |socket| serve(socket, web, visit, seat)).into_response())
}

/// How the end is put.
type Close = (u16, String);

async fn serve(socket: WebSocket, web: Arc<Web>, mut visit: Visit, _seat: OwnedSemaphorePermit) {
    let (sink, stream) = socket.split();
    let mut show = Show {
        sink,
        shown: web.shown.clone(),
        health: web.health.clone(),
        pulse: visit.pulse(),
        thrift: Thrift::default(),
        web,
        last: None,
    };
    let (pulse, heard) = (visit.pulse(), Notify::new());
    let close = tokio::select! {
        over = visit.over() => Some((over.close_code(), over.to_string())),
        close = show.run(&heard) => close,
        close = read(stream, &pulse, &heard) => close,
    };
    if let Some((code, reason)) = close {
        let frame = CloseFrame { code, reason: Utf8Bytes::from(reason) };
        // A client that takes nothing finds out by itself.
        drop(tokio::time::timeout(GOODBYE, show.sink.send(Message::Close(Some(frame)))).await);
    }
}

/// Until the client leaves. What it says is noticed, and no more.
async fn read(mut stream: SplitStream<WebSocket>, pulse: &Pulse, heard: &Notify) -> Option<Close> {
    while let Some(Ok(message)) = stream.next().await {
        pulse.touch();
        match message {
            Message::Text(_) | Message::Binary(_) => heard.notify_one(),
            Message::Ping(_) | Message::Pong(_) => {}
            Message::Close(_) => return Some((close_code::NORMAL, String::new())),
        }
    }
    None
}

/// The writing half.
struct Show {
    sink: SplitSink<WebSocket, Message>,
    shown: watch::Receiver<Option<Shown>>,
    health: watch::Receiver<(Health, Duration)>,
    pulse: Pulse,
    thrift: Thrift,
    web: Arc<Web>,
    last: Option<Instant>,
}

impl Show {
    /// Writes until the client is gone (`None`), or nothing more is to be said.
    async fn run(&mut self, heard: &Notify) -> Option<Close> {
        let (mut status, mut is_told) = (self.status(), false);
        self.say(&status_message(status)).await?;
        loop {
            let next = tokio::select! {
                biased;
                Ok(()) = self.health.changed() => None,
                // Once: whoever goes on all the same is not worth a word each time.
                () = heard.notified(), if !is_told => {
                    is_told = true;
                    self.say(&deaf()).await?;
                    continue;
                }
                picture = next(&mut self.shown, self.last) => match picture {
                    Some(picture) => Some(picture),
                    None => return Some((close_code::RESTART, "the server stops".to_owned())),
                },
            };
            let now = self.status();
            if now != status {
                status = now;
                self.say(&status_message(status)).await?;
            }
            if let Some(picture) = next {
                self.show(picture).await?;
            }
        }
    }

    fn status(&mut self) -> &'static str {
        self.health.borrow_and_update().0.status.as_str()
    }

    async fn show(&mut self, picture: Shown) -> Option<()> {
        let step = self.thrift.step();
        let width = step.width(picture.frame.size[0]);
        self.last = Some(Instant::now());
        let jpeg = match self.web.jpegs.get(picture.frame, step.quality, width).await {
            Ok(jpeg) => jpeg,
            Err(error) => {
                tracing::warn!(%error, "no JPEG");
                let message = format!("this picture cannot be sent: {error}");
                return self.say(&json!({"type": "error", "message": message})).await;
            }
        };
        let start = Instant::now();
        self.say(&json!({"type": "frame", "data": BASE64.encode(&jpeg)})).await?;
        self.thrift.sent(jpeg.len().div_ceil(3) * 4, start, Instant::now());
        Some(())
    }

    /// `None` if the client is gone, or takes nothing.
    async fn say(&mut self, message: &Value) -> Option<()> {
        let text = Message::Text(Utf8Bytes::from(message.to_string()));
        tokio::time::timeout(STALL, self.sink.send(text)).await.ok()?.ok()?;
        self.pulse.touch();
        Some(())
    }
}

fn deaf() -> Value {
    json!({"type": "error", "message": "nobody listens on this socket, it only shows; connect with ?binary=1 to drive"})
}

fn status_message(status: &str) -> Value {
    json!({"type": "status", "message": status})
}

/// The newest picture, not before its time; the last one again if there is no other for a while. `None` when there will
/// be none. Can be cancelled without loss.
async fn next(shown: &mut watch::Receiver<Option<Shown>>, last: Option<Instant>) -> Option<Shown> {
    if let Some(last) = last {
        tokio::time::sleep_until((last + INTERVAL).into()).await;
        if let Ok(Err(_)) = tokio::time::timeout_at((last + REPEAT).into(), shown.changed()).await {
            return None;
        }
    }
    loop {
        if let Some(picture) = shown.borrow_and_update().clone() {
            return Some(picture);
        }
        shown.changed().await.ok()?;
    }
}
