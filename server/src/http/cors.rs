//! Which foreign pages may use this server: those of `--allow-origin`, and no others.
//!
//! A browser that runs a foreign page asks first and reads an answer only if it names the page's origin. Which page may
//! ask at all is [`guard`](super::guard)'s matter; this file knows the list and speaks the browsers' words (CORS).

use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, uri::Authority};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

/// What pages do here.
const METHODS: &str = "GET, POST, PATCH, DELETE";
/// What they say beyond what every page may.
const HEADERS: &str = "content-type, if-match";
/// What they read of an answer beyond that.
const EXPOSED: &str = "location, etag, retry-after";
/// Seconds for which a browser need not ask again.
const MAX_AGE_SECS: &str = "600";

/// Where a page comes from, as browsers write it: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Origin(String);

/// Why a text is no origin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no origin; write scheme://host:port as the page's address has it, e.g. https://apps.example.org"
)]
pub struct NoOrigin(String);

impl FromStr for Origin {
    type Err = NoOrigin;

    fn from_str(text: &str) -> Result<Self, NoOrigin> {
        let no = || NoOrigin(text.to_owned());
        let (scheme, rest) = text.split_once("://").ok_or_else(no)?;
        let scheme = scheme.to_ascii_lowercase();
        let default = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            _ => return Err(no()),
        };
        let authority: Authority = rest.strip_suffix('/').unwrap_or(rest).parse().map_err(|_| no())?;
        let host = authority.host();
        let is_plain = |byte: u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']')
        };
        if host.is_empty() || authority.as_str().contains('@') || !host.bytes().all(is_plain) {
            return Err(no());
        }
        let host = host.to_ascii_lowercase();
        match authority.port() {
            None if authority.as_str().len() == host.len() => Ok(Self(format!("{scheme}://{host}"))),
            // A browser leaves it out.
            Some(port) if port.as_u16() == default => Ok(Self(format!("{scheme}://{host}"))),
            Some(port) => Ok(Self(format!("{scheme}://{host}:{}", port.as_u16()))),
            None => Err(no()),
        }
    }
}

impl TryFrom<String> for Origin {
    type Error = NoOrigin;

    fn try_from(text: String) -> Result<Self, NoOrigin> {
        text.parse()
    }
}

/// The list.
#[derive(Clone, Debug, Default)]
pub struct Origins(Arc<[Origin]>);

impl Origins {
    /// These and no others.
    #[must_use]
    pub fn new(allowed: &[Origin]) -> Self {
        Self(allowed.into())
    }

    /// Whether an `Origin` header that says `origin` is on the list.
    #[must_use]
    pub fn allow(&self, origin: &str) -> bool {
        self.0.iter().any(|allowed| allowed.0 == origin)
    }

    /// Who may frame what may be framed at all, as a policy's `frame-ancestors` has it; `None` if nobody may.
    #[must_use]
    pub fn ancestors(&self) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let names: Vec<&str> = self.0.iter().map(|origin| origin.0.as_str()).collect();
        Some(format!("'self' {}", names.join(" ")))
    }

    /// The `Origin` of a request, if it is on the list.
    fn of(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(header::ORIGIN)?;
        self.allow(origin.to_str().ok()?).then(|| origin.clone())
    }
}

/// Answers a browser that asks for a page on the list, and names that page in every answer to it.
pub async fn layer(State(origins): State<Origins>, request: Request, next: Next) -> Response {
    let origin = origins.of(request.headers());
    let asks = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = match &origin {
        Some(_) if asks => {
            let answer = [
                (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
                (header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS),
                (header::ACCESS_CONTROL_MAX_AGE, MAX_AGE_SECS),
            ];
            (StatusCode::NO_CONTENT, answer).into_response()
        }
        Some(_) | None => next.run(request).await,
    };
    let headers = response.headers_mut();
    // The answer to one origin is not that to another.
    if !origins.0.is_empty() {
        headers.append(header::VARY, HeaderValue::from_static("origin"));
    }
    if let Some(origin) = origin {
        let named: [(HeaderName, HeaderValue); 2] = [
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, origin),
            (header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED)),
        ];
        headers.extend(named);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_written_as_browsers_write_them() {
        for (text, origin) in [
            ("http://a.example", "http://a.example"),
            ("HTTP://A.Example:80/", "http://a.example"),
            ("https://a.example:443", "https://a.example"),
            ("https://a.example:80", "https://a.example:80"),
            ("http://127.0.0.1:5173", "http://127.0.0.1:5173"),
            ("http://[::1]:5173", "http://[::1]:5173"),
        ] {
            assert_eq!(text.parse::<Origin>().map(|origin| origin.0), Ok(origin.to_owned()), "{text}");
        }
        for text in [
            "*",
            "null",
            "",
            "a.example",
            "http://",
            "http://*",
            "http://*.example",
            "ftp://a",
            "http://a/b",
            "http://a:b",
            "http://a:99999",
            "http://u@a",
            "http://a b",
            "http://a;x",
            "http://a, http://b",
            "http://a:",
        ] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_what_is_on_the_list_is_allowed_and_nothing_like_it() {
        let origins = Origins::new(&["http://a.example:1".parse().unwrap()]);
        assert!(origins.allow("http://a.example:1"));
        for other in [
            "http://a.example",
            "https://a.example:1",
            "http://a.example:11",
            "http://b.a.example:1",
            "null",
            "",
        ] {
            assert!(!origins.allow(other), "{other}");
        }
        assert_eq!(origins.ancestors().as_deref(), Some("'self' http://a.example:1"));
        assert_eq!(Origins::default().ancestors(), None);
    }
}
