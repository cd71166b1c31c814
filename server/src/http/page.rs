//! The browser client: files of `ui/dist`, embedded when the server was built.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::http::cors::Origins;
use crate::http::route::no_such_method;

#[derive(rust_embed::Embed)]
#[folder = "../ui/dist"]
#[allow_missing = true]
struct Dist;

/// The page among its files.
const PAGE: &str = "index.html";
/// Where reference clients expect the page.
const ALIAS: &str = "/streaming/webrtc-client/";

/// Scripts and styles from here only, media from the connection, no plug-ins. Who may frame it is added.
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; \
    style-src 'self' 'unsafe-inline'; connect-src 'self' http: https: ws: wss:; object-src 'none'; \
    base-uri 'self'; form-action 'none'; frame-ancestors";

/// Serves the page and its files to anybody; everything else goes on to the guard.
pub async fn layer(request: Request, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    match file(request.uri()) {
        Some(response) if is_read => response,
        Some(_) => {
            let refusal = no_such_method(request.method().clone(), request.uri().clone()).await;
            ([(header::ALLOW, "GET, HEAD")], refusal).into_response()
        }
        None => next.run(request).await,
    }
}

/// The page or one of its files; `None` if there is no such file.
fn file(uri: &Uri) -> Option<Response> {
    let path = uri.path().strip_prefix(ALIAS).or_else(|| uri.path().strip_prefix('/'))?;
    let path = if path.is_empty() { PAGE } else { path };
    let Some(file) = Dist::get(path) else {
        return (path == PAGE).then(not_built);
    };
    // File names under assets/ carry a hash of their content; the page itself does not.
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = [
        (header::CONTENT_TYPE, content_type(path).to_owned()),
        (header::CACHE_CONTROL, cache.to_owned()),
        (header::CONTENT_SECURITY_POLICY, format!("{POLICY} 'none'")),
        (header::X_FRAME_OPTIONS, "DENY".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
    ];
    Some((headers, Body::from(file.data.into_owned())).into_response())
}

/// The page two folders below its files, for those to frame who are on the list.
pub fn embedded(origins: &Origins) -> Response {
    let Some(file) = Dist::get(PAGE) else { return not_built() };
    let text = String::from_utf8_lossy(&file.data).replacen("<head>", "<head><base href=\"../../\">", 1);
    let ancestors = origins.ancestors().unwrap_or_else(|| "'none'".to_owned());
    let headers = [
        (header::CONTENT_TYPE, content_type(PAGE).to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::CONTENT_SECURITY_POLICY, format!("{POLICY} {ancestors}")),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        // Its address holds the session's secret.
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
    ];
    (headers, text).into_response()
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json" | "webmanifest") => "application/json",
        Some("woff2") => "font/woff2",
        Some(_) | None => "application/octet-stream",
    }
}

/// A server built by plain cargo works for every other client; the page says how to get this one.
fn not_built() -> Response {
    let text = "<!doctype html><meta charset=utf-8><title>Telestage</title><h1>Telestage is running</h1>\
        <p>This server was built without the browser client. Build it with <code>cargo xtask build</code>. \
        Until then: <a href=stream>the picture as MJPEG</a>, <a href=health>its state</a>.";
    (StatusCode::OK, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response()
}
