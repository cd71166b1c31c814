//! All routes, each with what the OpenAPI document says of it. What is not in these tables is not served, but for the
//! page and its files.

use std::sync::Arc;

use axum::Json;
use serde_json::{Value, json};

use crate::http::route::{Operation, Route};
use crate::http::{Web, health, metrics, mjpeg, openapi, session, snapshot, ws};
use crate::net::whep;

const JSON: &str = "application/json";
const TEXT: &str = "text/plain";
const MJPEG: &str = "multipart/x-mixed-replace; boundary=frame";

/// For everybody: they tell nothing.
pub fn open() -> Vec<Route<Arc<Web>>> {
    vec![
        Route::at("/healthz").get(
            health::ready,
            Operation::unrefused("Whether a picture exists, loading cards not counted")
                .gives(200, "ok", TEXT, "string")
                .gives(503, "not ready", TEXT, "string"),
        ),
        Route::at("/livez").get(
            health::live,
            Operation::unrefused("Whether the process serves").gives(200, "ok", TEXT, "string"),
        ),
    ]
}

/// For those whom the guard lets pass.
pub fn guarded() -> Vec<Route<Arc<Web>>> {
    let mut routes = about_the_server();
    routes.extend(pictures());
    routes.extend(sessions());
    routes.extend(whep::routes());
    routes
}

fn about_the_server() -> Vec<Route<Arc<Web>>> {
    vec![
        Route::at("/health").get(
            health::health,
            Operation::new("What the server says of itself").gives(200, "its state", JSON, "Health"),
        ),
        Route::at("/ping").get(health::ping, Operation::new("Answers").gives(200, "pong", TEXT, "string")),
        Route::at("/metrics").get(
            metrics::metrics,
            Operation::new("Counts and levels, in Prometheus' text format").gives(
                200,
                "all of them",
                TEXT,
                "string",
            ),
        ),
        Route::at("/openapi.json").get(
            async || Json(openapi::document()),
            Operation::new("This document").gives(200, "OpenAPI 3.1", JSON, "Document"),
        ),
    ]
}

fn pictures() -> Vec<Route<Arc<Web>>> {
    vec![
        Route::at("/stream").get(
            mjpeg::stream,
            mjpeg_wishes(Operation::new("The picture as MJPEG; a still one repeats once a second")),
        ),
        Route::at("/snapshot.png").get(
            snapshot::png,
            snapshot_wishes(Operation::new("The picture, or another view of the stage, as PNG"), "image/png"),
        ),
        Route::at("/snapshot.jpg").get(
            snapshot::jpg,
            snapshot_wishes(Operation::new("The picture, or another view of the stage, as JPEG"), "image/jpeg"),
        ),
        Route::at("/ws").get(
            ws::ws,
            Operation::new(
                "WebSocket: control messages as text; pictures as binary, 16 bytes (version, flags, zero, frame, \
                 rtp_timestamp, input_seq; little-endian) and an H.264 access unit or a JPEG",
            )
            .query("video", &video(), "how pictures are coded")
            .says(101, "a WebSocket"),
        ),
    ]
}

fn sessions() -> Vec<Route<Arc<Web>>> {
    vec![
        Route::at("/session/create").post(
            session::api::create,
            Operation::new("Creates a session: a secret name under which other pages show this server's picture")
                .takes(JSON, "SessionWish")
                .gives(200, "the session and its addresses", JSON, "SessionCreated"),
        ),
        Route::at("/session/{id}")
            .get(
                session::api::look,
                Operation::new("What is known of a session").gives(200, "the session", JSON, "SessionFound"),
            )
            .delete(session::api::destroy, destroys()),
        Route::at("/session/{id}/destroy").post(session::api::destroy, destroys()),
        Route::at("/stream/{id}").get(
            session::socket::socket,
            Operation::new(
                "WebSocket of a session: {type: status|frame|error}, frames as JPEG in base64; closed with 4001 when \
                 the session is destroyed, 4002 when it expires, 1012 when the server stops",
            )
            .query("binary", &json!({"type": "integer", "enum": [0, 1]}), "1: as /ws, messages included")
            .query("video", &video(), "as for /ws; only with binary=1")
            .says(101, "a WebSocket"),
        ),
        Route::at("/stream/{id}/mjpeg").get(
            mjpeg::of_session,
            mjpeg_wishes(Operation::new("A session's picture as MJPEG; any page that knows it may show it in an <img>")),
        ),
        Route::at("/stream/{id}/embed").get(
            session::embed::embed,
            Operation::new("A session's picture as a page, to be framed by pages of --allow-origin")
                .gives(200, "the page", "text/html", "string"),
        ),
    ]
}

fn destroys() -> Operation {
    Operation::new("Ends a session and closes its connections").gives(200, "it is over", JSON, "Done")
}

fn mjpeg_wishes(operation: Operation) -> Operation {
    operation
        .query("fps", &json!({"type": "number", "minimum": 1, "maximum": 60}), "most pictures a second")
        .query("quality", &json!({"type": "integer", "minimum": 1, "maximum": 100}), "of the JPEGs, at most")
        .query(
            "width",
            &json!({"type": "integer", "minimum": 16, "maximum": 4096}),
            "columns; the height follows",
        )
        .query("hud", &switch(), "0: without words in the picture")
        .gives(200, "JPEGs, one after the other", MJPEG, "string")
}

fn snapshot_wishes(operation: Operation, media_type: &str) -> Operation {
    operation
        .query("camera", &json!({"type": "string"}), "path of a camera on the stage")
        .query("width", &side(), "columns")
        .query("height", &side(), "rows")
        .query("time", &json!({"type": "number"}), "time code")
        .query("hud", &switch(), "1: with words in the picture")
        .gives(200, "the picture", media_type, "string")
}

fn switch() -> Value {
    json!({"type": "integer", "enum": [0, 1]})
}

fn side() -> Value {
    json!({"type": "integer", "minimum": 16, "maximum": 4096, "multipleOf": 2})
}

fn video() -> Value {
    json!({"type": "string", "enum": ["h264", "jpeg", "none"]})
}
