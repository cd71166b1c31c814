//! What the server says about itself: `/healthz`, `/livez`, `/health`, `/ping`.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::http::Web;
use crate::pipeline::render::Content;

/// 200 once a converted frame exists that is not a loading card (I6); whether anybody watches does not matter.
pub async fn ready(State(web): State<Arc<Web>>) -> (StatusCode, &'static str) {
    if web.ready.load(Ordering::Acquire) {
        (StatusCode::OK, "ok")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready")
    }
}

/// 200 while the process serves.
pub async fn live() -> &'static str {
    "ok"
}

/// 200.
pub async fn ping() -> &'static str {
    "pong"
}

/// Everything worth knowing, as JSON.
pub async fn health(State(web): State<Arc<Web>>) -> Json<Value> {
    let (told, told_at) = web.health.borrow().clone();
    let phase_elapsed = told.phase.elapsed_secs + web.started.elapsed().saturating_sub(told_at).as_secs_f64();
    let shown = web.shown.borrow();
    let age = shown.as_ref().map(|shown| shown.at.elapsed());
    let content = shown.as_ref().map(|shown| shown.content);
    let source = if content == Some(Content::Source) { web.source } else { "placeholder" };
    // A still picture makes no frames; the rate is that of the last second in which there were some.
    let fps = if age.is_some_and(|age| age < Duration::from_secs(1)) {
        f64::from(web.rate.load(Ordering::Relaxed))
    } else {
        0.0
    };
    Json(json!({
        "status": told.status.as_str(),
        "service": "telestage",
        "version": env!("CARGO_PKG_VERSION"),
        "uptime_secs": web.started.elapsed().as_secs_f64(),
        "source": source,
        "renderer": web.renderer,
        "encoder": web.encoder,
        "stage": told.stage,
        "stage_generation": told.stage_generation,
        "frames_generated": web.made.load(Ordering::Relaxed),
        "frames_replaced": web.frames.replaced(),
        "fps": fps,
        "last_frame_age_ms": age.map(|age| age.as_secs_f64() * 1000.0),
        "capturing": content == Some(Content::Source),
        "server_running": true,
        "viewers": web.viewers(),
        "active_sessions": web.sessions.counts().active,
        "timestamp": crate::date::iso(std::time::SystemTime::now()),
        "phase": {"name": told.phase.name, "percent": told.phase.percent, "elapsed_secs": phase_elapsed},
        "error": told.error,
    }))
}
