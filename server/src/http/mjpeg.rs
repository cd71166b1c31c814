//! `/stream`: the picture for everything that can show a JPEG. Who has no page over it reads in the picture itself what
//! it shows (`?hud=0`: not).

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use serde::Deserialize;
use telestage_protocol::Status;
use telestage_session::Health;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::http::Web;
use crate::http::caller::Caller;
use crate::http::error::ApiError;
use crate::http::gauge::Gauge;
use crate::http::guard;
use crate::http::session::api::unknown;
use crate::http::session::visit::{self, Visit};
use crate::http::thrift::Thrift;
use crate::http::words;
use crate::pipeline::render::Shown;

/// How a stream of JPEGs should be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// Most frames a second, 1 to 60.
    fps: Option<f64>,
    /// JPEG quality, 1 to 100.
    quality: Option<u8>,
    /// Columns; the height follows.
    width: Option<u32>,
    /// 1, or nothing: with words in the picture.
    hud: Option<u8>,
}

/// A viewer that takes nothing for so long is cut off.
const STALL: Duration = Duration::from_secs(10);
/// A still picture repeats this often, so that players and proxies do not give up.
const REPEAT: Duration = Duration::from_secs(1);

type Asked = Result<Query<Wish>, axum::extract::rejection::QueryRejection>;

/// `GET /stream`.
///
/// # Errors
/// 400 for a wish that cannot be met, 503 without a free place.
pub async fn stream(
    State(web): State<Arc<Web>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    wish: Asked,
) -> Result<Response, ApiError> {
    begin(&web, caller.gauge, wish, None)
}

/// `GET /stream/{id}/mjpeg`.
///
/// # Errors
/// As [`stream`], and 404 for an unknown session.
pub async fn of_session(
    State(web): State<Arc<Web>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    Path(id): Path<String>,
    wish: Asked,
) -> Result<Response, ApiError> {
    let visit = web.sessions.enter(&id, std::time::Instant::now()).ok_or_else(|| unknown(&id))?;
    let mut response = begin(&web, caller.gauge, wish, Some(visit))?;
    // Whoever knows the session may show it: an `<img>` of a foreign page says nothing of its origin.
    response.headers_mut().insert(guard::RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    Ok(response)
}

fn begin(web: &Arc<Web>, gauge: Gauge, wish: Asked, visit: Option<Visit>) -> Result<Response, ApiError> {
    let Query(wish) = wish.map_err(|error| ApiError::bad_request(error.body_text()))?;
    let fps = wish.fps.unwrap_or(30.0);
    if !(1.0..=60.0).contains(&fps) {
        return Err(ApiError::bad_request("fps is a number from 1 to 60"));
    }
    let quality = wish.quality.unwrap_or(80);
    if !(1..=100).contains(&quality) {
        return Err(ApiError::bad_request("quality is a whole number from 1 to 100"));
    }
    if wish.width.is_some_and(|width| !(16..=4096).contains(&width)) {
        return Err(ApiError::bad_request("width is a whole number from 16 to 4096"));
    }
    let has_words = match wish.hud {
        None | Some(1) => true,
        Some(0) => false,
        Some(_) => return Err(ApiError::bad_request("hud is 0 or 1")),
    };
    let seat = web.watching_seat()?;
    let reader = Reader {
        shown: web.shown.clone(),
        web: web.clone(),
        has_words,
        quality,
        width: wish.width,
        interval: Duration::from_secs_f64(1.0 / fps),
        last: None,
        handed_out: gauge.taken(),
        gauge,
        thrift: Thrift::default(),
        visit,
        health: web.health.clone(),
        _seat: seat,
    };
    let parts = futures_util::stream::unfold(reader, async |mut reader| {
        let part = reader.next().await?;
        Some((part, reader))
    });
    let headers = [
        (header::CONTENT_TYPE, "multipart/x-mixed-replace; boundary=frame"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::from_stream(parts)).into_response())
}

/// One viewer of `/stream`. The next part is made when the system has taken the last one, from the newest frame then:
/// a slow viewer gets fewer and smaller pictures, never older ones, and slows nobody.
struct Reader {
    shown: watch::Receiver<Option<Shown>>,
    web: Arc<Web>,
    has_words: bool,
    quality: u8,
    width: Option<u32>,
    interval: Duration,
    last: Option<Instant>,
    gauge: Gauge,
    /// What the gauge says at least when the last part is taken.
    handed_out: u64,
    thrift: Thrift,
    visit: Option<Visit>,
    health: watch::Receiver<(Health, Duration)>,
    _seat: tokio::sync::OwnedSemaphorePermit,
}

impl Reader {
    /// The next part; `None` at the end. After an error the connection is cut off with what it holds unsent.
    async fn next(&mut self) -> Option<Result<Bytes, Stalled>> {
        // Taken out for the while, so that all can be waited for.
        let (mut visit, mut health) = (self.visit.take(), self.health.clone());
        let part = tokio::select! {
            _ = visit::over(&mut visit) => None,
            // Or the hub is gone, which is no better.
            _ = health.wait_for(|(health, _)| health.status == Status::Stopping) => None,
            part = self.picture() => part,
        };
        if let Some(visit) = &visit {
            visit.touch();
        }
        self.visit = visit;
        part
    }

    async fn picture(&mut self) -> Option<Result<Bytes, Stalled>> {
        if let Some(last) = self.last {
            if tokio::time::timeout_at(last + STALL, self.gauge.reaches(self.handed_out)).await.is_err() {
                tracing::debug!("an MJPEG viewer takes nothing and is cut off");
                return Some(Err(Stalled));
            }
            self.thrift.sent_until(last.into_std(), std::time::Instant::now());
            tokio::time::sleep_until(last + self.interval).await;
            // Time-out: the same picture again. Otherwise a new one, or the server ends.
            if let Ok(Err(_)) = tokio::time::timeout_at(last + REPEAT, self.shown.changed()).await {
                return None;
            }
        }
        let (frame, at) = loop {
            let newest = self.shown.borrow_and_update().as_ref().map(|shown| (shown.frame.clone(), shown.at));
            match newest {
                Some(newest) => break newest,
                None => self.shown.changed().await.ok()?,
            }
        };
        let step = self.thrift.step();
        let quality = if self.thrift.is_thrifty() { self.quality.min(step.quality) } else { self.quality };
        let width = [self.width, step.width(frame.size[0])].into_iter().flatten().min();
        let panels = if self.has_words { words::now(&self.web) } else { Vec::new() };
        match self.web.jpegs.with_words(frame, quality, width, panels).await {
            Ok(jpeg) => {
                let part = part(&jpeg, SystemTime::now() - at.elapsed());
                self.last = Some(Instant::now());
                self.handed_out = self.gauge.taken() + part.len() as u64;
                self.thrift.hands_out(part.len());
                Some(Ok(part))
            }
            Err(error) => {
                tracing::warn!(%error, "no JPEG");
                None
            }
        }
    }
}

/// A viewer that takes nothing: what waits for it would wait for ever.
#[derive(Debug, thiserror::Error)]
#[error("the viewer takes nothing")]
struct Stalled;

/// One picture, `X-Timestamp` in seconds since 1970: from it a client knows how old what it sees is.
fn part(jpeg: &[u8], at: SystemTime) -> Bytes {
    let length = jpeg.len();
    let secs = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let head = format!(
        "--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {length}\r\nX-Timestamp: {secs:.6}\r\n\r\n"
    );
    let mut part = BytesMut::with_capacity(head.len() + jpeg.len() + 2);
    part.extend_from_slice(head.as_bytes());
    part.extend_from_slice(jpeg);
    part.extend_from_slice(b"\r\n");
    part.freeze()
}
