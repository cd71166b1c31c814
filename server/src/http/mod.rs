//! Everything that is asked over HTTP, on the one port. Handlers read what others publish and never wait for a
//! renderer, an encoder or a viewer longer than their own answer takes.

pub mod connections;
pub mod door;
pub mod error;
mod gauge;
pub mod guard;
mod health;
mod metrics;
mod mjpeg;
mod page;
mod snapshot;
mod thrift;
mod ws;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{Method, StatusCode, Uri};
use axum::middleware;
use axum::routing::get;
use telestage_render::View;
use telestage_scene::Scene;
use telestage_session::Health;
use tokio::sync::{Semaphore, mpsc, watch};

use crate::http::error::ApiError;
use crate::http::guard::Guard;
use crate::moments::Moments;
use crate::net::Endpoint;
use crate::net::stream::RtpClock;
use crate::pipeline::Mailbox;
use crate::pipeline::encode::FrameSent;
use crate::pipeline::jpeg::JpegShelf;
use crate::pipeline::lanes::Taps;
use crate::pipeline::latest::Latest;
use crate::pipeline::meters::Meters;
use crate::pipeline::render::Shown;
use crate::record::RecordMeters;

/// Most viewers of `/stream` at a time.
pub const MJPEG_SEATS: usize = 64;

/// What handlers read.
pub struct Web {
    /// When the server started.
    pub started: Instant,
    /// `native` or `pattern`.
    pub source: &'static str,
    /// The renderer's name.
    pub renderer: &'static str,
    /// The encoder's name.
    pub encoder: &'static str,
    /// Frames made so far.
    pub made: Arc<AtomicU64>,
    /// On the way to the encode thread; counts frames that were replaced before it took them.
    pub frames: Latest<Shown>,
    /// What was encoded.
    pub meters: Arc<Meters>,
    /// What was recorded.
    pub recorded: Arc<RecordMeters>,
    /// Frames within the last second before the last frame.
    pub rate: Arc<AtomicU32>,
    /// The last frame.
    pub shown: watch::Receiver<Option<Shown>>,
    /// The clock of all streams.
    pub clock: RtpClock,
    /// News of frames that went to single viewers, for the hub.
    pub sent: mpsc::Sender<FrameSent>,
    /// What viewers of each view watch.
    pub taps: watch::Receiver<Taps>,
    /// The stage that is open.
    pub scene: watch::Receiver<Option<Arc<Scene>>>,
    /// Where viewers look.
    pub view: watch::Receiver<Option<View>>,
    /// What the session says of itself, and when (since the start).
    pub health: watch::Receiver<(Health, Duration)>,
    /// The stage at other times; `None` for a source without a stage.
    pub moments: Option<Moments>,
    /// To the render thread.
    pub mailbox: Mailbox,
    /// Shared JPEGs.
    pub jpegs: Arc<JpegShelf>,
    /// Latches once a frame exists that is not a loading card.
    pub ready: Arc<AtomicBool>,
    /// Free places at `/stream`.
    pub mjpeg_seats: Arc<Semaphore>,
    /// WebRTC viewers.
    pub endpoint: Endpoint,
}

impl Web {
    /// Everybody who gets pictures.
    pub fn viewers(&self) -> usize {
        self.endpoint.len() + self.mjpeg_viewers()
    }

    /// Those at `/stream`.
    pub fn mjpeg_viewers(&self) -> usize {
        MJPEG_SEATS.saturating_sub(self.mjpeg_seats.available_permits())
    }
}

/// All routes, for [`connections::serve`].
pub fn router(web: Arc<Web>, guard: Guard) -> Router {
    let guarded = Router::new()
        .route("/health", get(health::health))
        .route("/ping", get(health::ping))
        .route("/metrics", get(metrics::metrics))
        .route("/stream", get(mjpeg::stream))
        .route("/ws", get(ws::ws))
        .route("/snapshot.png", get(snapshot::png))
        .route("/snapshot.jpg", get(snapshot::jpg))
        .with_state(web.clone())
        .merge(crate::net::whep::router(web.endpoint.clone()))
        .fallback(not_here)
        .layer(DefaultBodyLimit::max(64 * 1024))
        .layer(middleware::from_fn_with_state(Arc::new(guard), guard::layer));
    let open = Router::new()
        .route("/healthz", get(health::ready))
        .route("/livez", get(health::live))
        .with_state(web);
    open.fallback_service(guarded.layer(middleware::from_fn(page::layer)))
}

/// Parts of the contract that this version does not have.
const LATER: [&str; 4] = ["/session", "/stream/", "/openapi.json", "/dashboard"];

async fn not_here(method: Method, uri: Uri) -> ApiError {
    let path = uri.path();
    if LATER.iter().any(|prefix| path.starts_with(prefix)) {
        ApiError::unsupported(format!("{path} is not available in this version"))
    } else {
        ApiError::new(
            StatusCode::NOT_FOUND,
            "not_found",
            format!("there is nothing at {method} {path}; the page is at /"),
        )
    }
}
