//! Everything that is asked over HTTP, on the one port. Handlers read what others publish and never wait for a
//! renderer, an encoder or a viewer longer than their own answer takes.

mod caller;
pub mod connections;
pub mod cors;
pub mod door;
pub mod error;
mod gauge;
pub mod guard;
mod health;
mod metrics;
mod mjpeg;
mod openapi;
mod page;
pub mod route;
mod routes;
pub mod session;
mod snapshot;
mod thrift;
mod words;
mod ws;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::http::{Method, StatusCode, Uri};
use axum::middleware;
use telestage_render::View;
use telestage_scene::Scene;
use telestage_session::Health;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

use crate::http::cors::Origins;
use crate::http::error::ApiError;
use crate::http::guard::Guard;
use crate::http::session::Registry;
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
    /// Sessions.
    pub sessions: Registry,
    /// Foreign pages that may use this server.
    pub origins: Origins,
    /// WebRTC viewers.
    pub endpoint: Endpoint,
}

impl FromRef<Arc<Web>> for Endpoint {
    fn from_ref(web: &Arc<Web>) -> Self {
        web.endpoint.clone()
    }
}

impl FromRef<Arc<Web>> for Registry {
    fn from_ref(web: &Arc<Web>) -> Self {
        web.sessions.clone()
    }
}

impl Web {
    /// Everybody who gets pictures.
    pub fn viewers(&self) -> usize {
        self.endpoint.len() + self.mjpeg_viewers()
    }

    /// Whether there is a picture to show.
    pub fn is_drawing(&self) -> bool {
        self.shown.borrow().is_some()
    }

    /// A place for one who only watches.
    ///
    /// # Errors
    /// 503: all are taken.
    pub fn watching_seat(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        let seat = self.mjpeg_seats.clone().try_acquire_owned();
        seat.map_err(|_| ApiError::busy("too many MJPEG viewers; use the page at / or try again"))
    }

    /// Those at `/stream`, and at sessions' sockets that only show.
    pub fn mjpeg_viewers(&self) -> usize {
        MJPEG_SEATS.saturating_sub(self.mjpeg_seats.available_permits())
    }
}

/// All routes, for [`connections::serve`].
pub fn router(web: Arc<Web>, guard: Guard) -> Router {
    let origins = web.origins.clone();
    let guarded = route::router(routes::guarded())
        .with_state(web.clone())
        .fallback(not_here)
        .layer(DefaultBodyLimit::max(64 * 1024))
        .layer(middleware::from_fn_with_state(Arc::new(guard), guard::layer));
    let open = route::router(routes::open()).with_state(web);
    open.fallback_service(guarded.layer(middleware::from_fn(page::layer)))
        .layer(middleware::from_fn_with_state(origins, cors::layer))
}

/// Parts of the contract that this version does not have.
const LATER: [&str; 1] = ["/dashboard"];

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
