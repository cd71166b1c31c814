//! WHEP (draft-ietf-wish-whep-03): how a viewer's offer comes in over HTTP.
//!
//! `POST /whep` answers an offer and names the session; `PATCH` takes candidates (which the server does not need) and
//! ICE restarts; `DELETE` ends it. Every refusal is JSON that says why.

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRef, Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::endpoint::{AcceptError, Endpoint};
use super::event::PeerId;
use super::offer::{self, OfferError};
use crate::http::error::ApiError;
use crate::http::route::{self, Operation, Route};
use crate::http::session::{Registry, Visit};

const SDP: &str = "application/sdp";
const FRAGMENT: &str = "application/trickle-ice-sdpfrag";
/// Largest body that is read, in bytes.
const BODY_MAX: usize = 64 * 1024;
/// How often a living peer is noted in its session.
const BEAT: Duration = Duration::from_secs(1);
/// How long a body may take.
const BODY_PATIENCE: Duration = Duration::from_secs(10);

/// The routes `/whep` and `/whep/{id}`.
pub fn routes<S>() -> [Route<S>; 2]
where
    S: Clone + Send + Sync + 'static,
    Endpoint: FromRef<S>,
    Registry: FromRef<S>,
{
    let preflight = || Operation::unrefused("What may be asked here").says(204, "in the Allow header");
    let offers = Operation::new("A viewer's offer (WHEP); data channels `control` and `motion` are optional")
        .query("session", &json!({"type": "string"}), "the session that the viewer belongs to")
        .takes(SDP, "string")
        .gives(201, "the answer; Location names the viewer's connection", SDP, "string");
    let restarts = Operation::new("Trickles candidates, or restarts ICE (with If-Match: *)")
        .takes(FRAGMENT, "string")
        .gives(200, "the server's new credentials and candidates", FRAGMENT, "string")
        .says(204, "taken");
    let ends = Operation::new("Ends a viewer's connection").says(200, "it is over");
    [
        Route::at("/whep").post(create, offers).options(offers_taken, preflight()),
        Route::at("/whep/{id}").patch(patch, restarts).delete(end, ends).options(patches_taken, preflight()),
    ]
}

/// These routes alone.
pub fn router(endpoint: Endpoint, sessions: Registry) -> Router {
    route::router(routes()).with_state(Doors { endpoint, sessions })
}

/// What the handlers need, where there is nothing else.
#[derive(Clone)]
struct Doors {
    endpoint: Endpoint,
    sessions: Registry,
}

impl FromRef<Doors> for Endpoint {
    fn from_ref(doors: &Doors) -> Self {
        doors.endpoint.clone()
    }
}

impl FromRef<Doors> for Registry {
    fn from_ref(doors: &Doors) -> Self {
        doors.sessions.clone()
    }
}

async fn offers_taken() -> Response {
    taken("POST, OPTIONS", ("accept-post", SDP))
}

async fn patches_taken() -> Response {
    taken("PATCH, DELETE, OPTIONS", ("accept-patch", FRAGMENT))
}

fn taken(methods: &'static str, (name, body): (&'static str, &'static str)) -> Response {
    let allow = (header::ALLOW, HeaderValue::from_static(methods));
    let accept = (HeaderName::from_static(name), HeaderValue::from_static(body));
    (StatusCode::NO_CONTENT, [allow, accept]).into_response()
}

/// What an offer comes with in its query.
#[derive(Debug, Deserialize)]
struct Wish {
    /// The session that the viewer belongs to.
    session: Option<String>,
}

async fn create(
    State(endpoint): State<Endpoint>,
    State(sessions): State<Registry>,
    Query(wish): Query<Wish>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let visit = match wish.session {
        Some(id) => Some(sessions.enter(&id, Instant::now()).ok_or_else(over)?),
        None => None,
    };
    let offer = read(&headers, SDP, body).await?;
    let accepted = endpoint.accept(offer).await?;
    if let Some(visit) = visit {
        tokio::spawn(accompany(visit, endpoint, accepted.peer));
    }
    let headers = [
        (header::CONTENT_TYPE, SDP.to_owned()),
        (header::LOCATION, format!("/whep/{}", accepted.resource)),
        (header::ETAG, quoted(&accepted.etag)),
    ];
    Ok((StatusCode::CREATED, headers, accepted.answer).into_response())
}

/// 410, so that whoever tries again and again can tell it from a wrong address.
fn over() -> ApiError {
    let message =
        "this session is over: it was destroyed, or has expired; create one with POST /session/create";
    ApiError::new(StatusCode::GONE, "not_found", message)
}

/// A peer counts as a socket of its session, and lives no longer than that.
async fn accompany(mut visit: Visit, endpoint: Endpoint, peer: PeerId) {
    // Packets go past us; a peer that falls silent ends, so one that lives has traffic.
    let mut beat = tokio::time::interval(BEAT);
    let gone = endpoint.gone(peer);
    tokio::pin!(gone);
    loop {
        tokio::select! {
            _ = visit.over() => return endpoint.close(peer),
            () = &mut gone => return,
            _ = beat.tick() => visit.touch(),
        }
    }
}

async fn patch(
    State(endpoint): State<Endpoint>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let fragment = read(&headers, FRAGMENT, body).await?;
    let (peer, etag) = session(&endpoint, &id)?;
    let wanted = headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok());
    if wanted == Some("*") {
        return restart(&endpoint, peer, &fragment).await;
    }
    // The client's candidates are not needed: the server answers checks from wherever they come.
    match wanted {
        Some(tag) if tag != quoted(&etag) => Err(ApiError::new(
            StatusCode::PRECONDITION_FAILED,
            "bad_request",
            "this is about an earlier ICE session; If-Match names the current ETag",
        )),
        Some(_) | None => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

async fn restart(endpoint: &Endpoint, peer: PeerId, fragment: &str) -> Result<Response, ApiError> {
    let (ufrag, password) = offer::ice_credentials(fragment)
        .ok_or_else(|| ApiError::bad_request("an ICE restart needs a=ice-ufrag and a=ice-pwd"))?;
    let restarted = endpoint
        .restart_ice(peer, ufrag.to_owned(), password.to_owned())
        .await
        .map_err(|error| ApiError::bad_request(error.to_string()))?;
    let body = format!(
        "a=ice-ufrag:{}\r\na=ice-pwd:{}\r\n{}",
        restarted.ufrag,
        restarted.password,
        offer::candidate_lines(&endpoint.addresses())
    );
    let headers = [(header::CONTENT_TYPE, FRAGMENT.to_owned()), (header::ETAG, quoted(&restarted.etag))];
    Ok((StatusCode::OK, headers, body).into_response())
}

async fn end(State(endpoint): State<Endpoint>, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let (peer, _) = session(&endpoint, &id)?;
    endpoint.close(peer);
    Ok(StatusCode::OK)
}

fn session(endpoint: &Endpoint, id: &str) -> Result<(PeerId, String), ApiError> {
    endpoint.find(id).ok_or_else(|| {
        ApiError::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "no such session; it may have ended: POST a new offer to /whep",
        )
    })
}

/// The body as text, if it is of that type and small enough.
async fn read(headers: &HeaderMap, wanted: &'static str, body: Body) -> Result<String, ApiError> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(wanted) {
        return Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "bad_request",
            format!("the body must be {wanted}"),
        ));
    }
    let reading = tokio::time::timeout(BODY_PATIENCE, to_bytes(body, BODY_MAX)).await;
    let bytes: Bytes = reading.map_err(|_| late())?.map_err(|_| {
        ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            format!("the body is larger than {BODY_MAX} bytes, or broke off"),
        )
    })?;
    String::from_utf8(bytes.into()).map_err(|_| ApiError::bad_request("the body is not UTF-8"))
}

fn late() -> ApiError {
    let secs = BODY_PATIENCE.as_secs();
    let message = format!("the body did not come within {secs} s; send it at once");
    ApiError::new(StatusCode::REQUEST_TIMEOUT, "bad_request", message)
}

fn quoted(tag: &str) -> String {
    format!("\"{tag}\"")
}

impl From<AcceptError> for ApiError {
    fn from(error: AcceptError) -> Self {
        let message = error.to_string();
        match error {
            AcceptError::Offer(OfferError::NoH264 { .. }) => {
                Self::new(StatusCode::NOT_ACCEPTABLE, "unsupported", message)
            }
            AcceptError::Offer(OfferError::Malformed(_) | OfferError::Nothing) => Self::bad_request(message),
            AcceptError::Full(_) | AcceptError::Stopping => Self::busy(message),
            AcceptError::Connection(_) => Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message),
        }
    }
}
