//! `/session/…`: sessions are created, looked at and ended over HTTP, in JSON.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::body::{Bytes, to_bytes};
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use telestage_session::Health;

use super::registry::{About, CreateError, Report};
use crate::date::iso;
use crate::http::Web;
use crate::http::caller::Caller;
use crate::http::error::ApiError;

/// Longest `userId` and `stage`, in bytes.
const LABEL_MAX: usize = 256;
/// Largest body that is read, in bytes.
const BODY_MAX: usize = 4096;

/// What a session is created with. Other fields are left alone: existing front ends send their own.
#[derive(Debug, Default, Deserialize)]
struct Wish {
    #[serde(rename = "userId", default)]
    user: String,
    #[serde(alias = "robotName", default)]
    stage: String,
}

/// `POST /session/create`.
///
/// # Errors
/// 400 for a body that is none, 413 for a large one, 415 for one that is not JSON, 429 for a caller that creates too
/// many, 503 when all places are taken.
pub async fn create(
    State(web): State<Arc<Web>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    request: Request,
) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    if !is_json(&parts.headers) {
        return Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "bad_request",
            "send JSON, and say so: Content-Type: application/json",
        ));
    }
    let body = to_bytes(body, BODY_MAX).await.map_err(|_| {
        ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            format!("a body has {BODY_MAX} bytes at most"),
        )
    })?;
    let about = about(&body)?;
    let note = note(&about.stage, &web.health.borrow().0);
    let report = web.sessions.create(about, caller.ip, Instant::now()).map_err(|error| refusal(&error))?;
    let address = Address::of(&parts.headers)?;
    let answer = json!({
        "success": true,
        "sessionId": report.id,
        "wsUrl": address.url("ws", &format!("stream/{}", report.id)),
        "httpStreamUrl": address.url("http", &format!("stream/{}/mjpeg", report.id)),
        "embedUrl": address.url("http", &format!("stream/{}/embed", report.id)),
        "message": note,
    });
    Ok((StatusCode::OK, no_store(), Json(answer)).into_response())
}

/// `GET /session/{id}`.
///
/// # Errors
/// 404 for a session that is unknown, or over.
pub async fn look(State(web): State<Arc<Web>>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let report = web.sessions.find(&id).ok_or_else(|| unknown(&id))?;
    Ok((no_store(), Json(json!({"success": true, "session": describe(&report, web.is_drawing())})))
        .into_response())
}

/// `POST /session/{id}/destroy` and `DELETE /session/{id}`.
///
/// # Errors
/// As [`look`].
pub async fn destroy(State(web): State<Arc<Web>>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    if web.sessions.destroy(&id) {
        Ok(Json(json!({"success": true, "message": "the session is destroyed, its connections are closed"})))
    } else {
        Err(unknown(&id))
    }
}

/// 404: no such session.
#[must_use]
pub fn unknown(id: &str) -> ApiError {
    let id: String = id.chars().take(64).collect();
    ApiError::not_found(format!(
        "there is no session {id:?}: it never was, was destroyed, or has expired; create one with POST /session/create"
    ))
}

/// Ids are secrets; no cache may keep them.
fn no_store() -> [(header::HeaderName, &'static str); 1] {
    [(header::CACHE_CONTROL, "no-store")]
}

fn describe(report: &Report, is_drawing: bool) -> Value {
    json!({
        "id": report.id,
        "userId": report.about.user,
        "stage": report.about.stage,
        "robotName": report.about.stage,
        "createdAt": iso(report.created),
        "lastActivity": iso(report.touched),
        "connections": report.connections,
        "isRendererConnected": is_drawing,
        "isIsaacSimConnected": is_drawing,
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn about(body: &Bytes) -> Result<About, ApiError> {
    let bad = |error: serde_json::Error| {
        ApiError::bad_request(format!("the body is no {{\"userId\": TEXT, \"stage\": TEXT}}: {error}"))
    };
    // An object: a list would do for serde as well.
    let object: serde_json::Map<String, Value> = serde_json::from_slice(body).map_err(bad)?;
    let wish: Wish = serde_json::from_value(Value::Object(object)).map_err(bad)?;
    for (name, text) in [("userId", &wish.user), ("stage", &wish.stage)] {
        if text.chars().count() > LABEL_MAX || text.chars().any(char::is_control) {
            return Err(ApiError::bad_request(format!(
                "{name} is text of {LABEL_MAX} characters at most, without control characters"
            )));
        }
    }
    Ok(About { user: wish.user, stage: wish.stage })
}

fn refusal(error: &CreateError) -> ApiError {
    let message = error.to_string();
    match error {
        CreateError::TooFast { wait } => ApiError::too_often(message, wait.as_secs_f64().ceil() as u64),
        CreateError::Full(_) => ApiError::busy(message),
        CreateError::NoName(_) => ApiError::internal(message),
    }
}

/// What its creator should know of the stage that he named: a session opens none, since all see the same one.
fn note(wanted: &str, health: &Health) -> String {
    let shown = health.stage.as_deref();
    match shown {
        _ if wanted.is_empty() => "the session shows what this server shows".to_owned(),
        Some(shown) if is_named(shown, wanted) => format!("the session shows {shown}"),
        Some(shown) => format!(
            "the server shows {shown}, not {wanted}; a session opens no stage, since all viewers see the same one: \
             open it in the client, or with openStageRequest"
        ),
        None => format!(
            "no stage is open, so {wanted} is not shown; a session opens none: open it in the client, or with \
             openStageRequest"
        ),
    }
}

/// Whether `name` is that of the stage at `url`: all of it, or its file's, with or without the ending.
fn is_named(url: &str, name: &str) -> bool {
    let file = url.rsplit(['/', '\\']).next().unwrap_or(url);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    [url, file, stem].contains(&name)
}

/// Where the caller reached this server.
struct Address {
    authority: String,
    is_secure: bool,
}

impl Address {
    /// As the request says: the guard has let its `Host` pass. TLS ends at a proxy, which says so, or the page does.
    fn of(headers: &HeaderMap) -> Result<Self, ApiError> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let authority =
            text("host").ok_or_else(|| ApiError::bad_request("the request has no Host header"))?;
        let is_secure = text("x-forwarded-proto") == Some("https")
            || text("origin").and_then(|origin| origin.strip_prefix("https://")) == Some(authority);
        Ok(Self { authority: authority.to_owned(), is_secure })
    }

    /// `scheme` is that without TLS.
    fn url(&self, scheme: &str, path: &str) -> String {
        let tls = if self.is_secure { "s" } else { "" };
        format!("{scheme}{tls}://{}/{path}", self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(headers: &[(&'static str, &str)]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        Address::of(&map).unwrap().url("ws", "stream/x")
    }

    #[test]
    fn addresses_are_those_that_the_caller_used() {
        assert_eq!(urls(&[("host", "cell7.local:49100")]), "ws://cell7.local:49100/stream/x");
        assert_eq!(urls(&[("host", "a"), ("x-forwarded-proto", "https")]), "wss://a/stream/x");
        assert_eq!(urls(&[("host", "a:1"), ("origin", "https://a:1")]), "wss://a:1/stream/x");
        assert_eq!(urls(&[("host", "a:1"), ("origin", "https://b:1")]), "ws://a:1/stream/x");
    }

    #[test]
    fn a_stage_is_known_by_its_address_its_file_and_its_name() {
        for name in ["/srv/robots/carter.usda", "carter.usda", "carter"] {
            assert!(is_named("/srv/robots/carter.usda", name), "{name}");
        }
        for name in ["robots", "carter.usd", "arter", ""] {
            assert!(!is_named("/srv/robots/carter.usda", name), "{name}");
        }
    }

    #[test]
    fn labels_are_bounded_and_the_old_name_is_understood() {
        let read = |text: &'static str| about(&Bytes::from_static(text.as_bytes())).ok();
        let about = |user: &str, stage: &str| Some(About { user: user.into(), stage: stage.into() });
        assert_eq!(read(r#"{"userId": "u", "robotName": "carter"}"#), about("u", "carter"));
        assert_eq!(read(r#"{"stage": "cell", "theirs": 1}"#), about("", "cell"));
        for bad in [r#"{"userId": 7}"#, "[]", "", r#"{"stage": "a\nb"}"#, r#"{"stage":"a","robotName":"b"}"#]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
        let long = format!(r#"{{"userId": "{}"}}"#, "x".repeat(LABEL_MAX + 1));
        assert!(super::about(&Bytes::from(long)).is_err());
    }
}
