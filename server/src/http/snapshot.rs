//! `/snapshot.png` and `/snapshot.jpg`: the current picture, or another view of the same stage, also at another time.
//! Whatever is asked for, viewers go on to see what they saw. It is the picture alone, to be worked with, unless words are
//! asked for (`?hud=1`).

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Deserialize;
use telestage_media::hud::Panel;
use telestage_media::{Frame, Timings};
use telestage_render::View;
use telestage_scene::Scene;
use tokio::sync::oneshot;

use crate::http::Web;
use crate::http::error::ApiError;
use crate::http::words::{self, Subject};
use crate::look;
use crate::moments::{MomentError, Seat};
use crate::pipeline::Order;
use crate::pipeline::render::Content;
use crate::size::Size;

/// Which picture. Without any of these: the one that viewers see now.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// Path of a camera on the stage.
    camera: Option<String>,
    /// Columns.
    width: Option<u32>,
    /// Rows.
    height: Option<u32>,
    /// Time code.
    time: Option<f64>,
    /// 1: with words in the picture.
    hud: Option<u8>,
}

type Asked = Result<Query<Wish>, axum::extract::rejection::QueryRejection>;

/// Of a JPEG, 1 to 100.
const QUALITY: u8 = 90;
/// Samples of a picture made for a snapshot.
const SAMPLES: u32 = 16;

/// `GET /snapshot.png`.
///
/// # Errors
/// 400 for a wish that cannot be met, 404 for an unknown camera, 501 for another time of a source without a stage, 503
/// before the first frame or while others ask for other times.
pub async fn png(State(web): State<Arc<Web>>, wish: Asked) -> Result<Response, ApiError> {
    let Found { frame, panels, .. } = picture(&web, wish).await?;
    let words = web.jpegs.words();
    let encode = move || {
        words.onto(&frame.pixels, frame.size, &panels, |pixels| {
            telestage_media::png::encode_rgba(pixels, frame.size)
        })
    };
    let file = blocking(encode).await?;
    Ok(respond("image/png", Bytes::from(file)))
}

/// `GET /snapshot.jpg`.
///
/// # Errors
/// As [`png`].
pub async fn jpg(State(web): State<Arc<Web>>, wish: Asked) -> Result<Response, ApiError> {
    let Found { frame, panels, is_shown } = picture(&web, wish).await?;
    let jpeg = if is_shown {
        web.jpegs.with_words(frame, QUALITY, None, panels).await
    } else {
        web.jpegs.once(frame, QUALITY, panels).await
    };
    let jpeg = jpeg.map_err(internal)?;
    Ok(respond("image/jpeg", jpeg))
}

fn respond(content_type: &'static str, body: Bytes) -> Response {
    ([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "no-store")], body).into_response()
}

/// A picture that was asked for.
struct Found {
    frame: Frame,
    /// What is to be read on it.
    panels: Vec<Panel>,
    /// The last one that viewers got; otherwise it was made for this request.
    is_shown: bool,
}

async fn picture(web: &Web, wish: Asked) -> Result<Found, ApiError> {
    let Query(wish) = wish.map_err(|error| ApiError::bad_request(error.body_text()))?;
    let current = web.shown.borrow().as_ref().map(|shown| shown.frame.clone());
    let current =
        current.ok_or_else(|| ApiError::busy("there is no picture yet; ask again when /healthz says ok"))?;
    let has_words = match wish.hud {
        None | Some(0) => false,
        Some(1) => true,
        Some(_) => return Err(ApiError::bad_request("hud is 0 or 1")),
    };
    let [width, height] = current.size;
    let size = Size::new(wish.width.unwrap_or(width), wish.height.unwrap_or(height))
        .map_err(ApiError::bad_request)?;
    if wish.camera.is_none() && wish.time.is_none() && size.array() == current.size {
        let panels = if has_words { words::now(web) } else { Vec::new() };
        return Ok(Found { frame: current, panels, is_shown: true });
    }
    let (scene, _seat) = match wish.time {
        Some(time) => {
            let (scene, seat) = moment(web, time).await?;
            (Some(scene), Some(seat))
        }
        None => (None, None),
    };
    let view = view(web, scene.as_ref(), wish.camera.as_deref(), size)?;
    let subject = Subject { content: Content::Source, fps: None, view: Some(&view), time: wish.time };
    let panels = if has_words { words::of(web, &subject) } else { Vec::new() };
    let (reply, answer) = oneshot::channel();
    web.mailbox
        .order(Order::Aside { scene, view, reply })
        .map_err(|error| ApiError::busy(error.to_string()))?;
    let picture = answer.await.map_err(|_| ApiError::busy("the server is stopping"))?.map_err(internal)?;
    let frame = Frame {
        number: 0,
        size: picture.size,
        pixels: picture.pixels,
        view_version: 0,
        timings: Timings::default(),
    };
    Ok(Found { frame, panels, is_shown: false })
}

/// The stage that is shown, at another time.
async fn moment(web: &Web, time: f64) -> Result<(Arc<Scene>, Seat), ApiError> {
    if !time.is_finite() {
        return Err(ApiError::bad_request(format!("time is {time}: a time code is a finite number")));
    }
    let Some(moments) = &web.moments else {
        return Err(ApiError::unsupported("this source has no stage and so no other times"));
    };
    moments.scene(shown_scene(web)?, time).await.map_err(|error| match error {
        MomentError::Busy | MomentError::Stopping => ApiError::busy(error.to_string()),
        MomentError::Open(error) => internal(error),
    })
}

fn shown_scene(web: &Web) -> Result<Arc<Scene>, ApiError> {
    let scene = web.scene.borrow().clone();
    scene.ok_or_else(|| ApiError::busy("no stage is open"))
}

/// From a camera of `scene`, or of the stage that is shown; without a camera, from where viewers look now.
fn view(web: &Web, scene: Option<&Arc<Scene>>, camera: Option<&str>, size: Size) -> Result<View, ApiError> {
    let view = match camera {
        Some(path) => {
            let scene = scene.cloned().map_or_else(|| shown_scene(web), Ok)?;
            let view = look::through(&scene, path, size).ok_or_else(|| {
                ApiError::new(axum::http::StatusCode::NOT_FOUND, "not_found", format!("no camera at {path}"))
            })?;
            // It looks as what viewers see does.
            match &*web.view.borrow() {
                Some(shown) => View { aov: shown.aov, style: shown.style, ..view },
                None => view,
            }
        }
        None => {
            let view = web.view.borrow().clone();
            let mut view = view.ok_or_else(|| ApiError::busy("there is no view yet"))?;
            view.size = size.array();
            view
        }
    };
    Ok(View { samples: SAMPLES, ..view })
}

fn internal(error: impl std::fmt::Display) -> ApiError {
    ApiError::new(axum::http::StatusCode::INTERNAL_SERVER_ERROR, "internal", error.to_string())
}

/// Runs something that takes longer than a socket may wait.
async fn blocking<T: Send + 'static, E: std::fmt::Display + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, ApiError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(internal),
        Err(error) => Err(internal(error)),
    }
}
