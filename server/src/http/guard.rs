//! Who may ask: `Host` and `Origin`.
//!
//! A web page from elsewhere can make its visitor's browser talk to this server, directly or through a DNS name that
//! changes its address. The browser then says so in `Origin`, or a foreign name stands in `Host`. Both are refused.
//! Static files and the probes are served to anybody: they tell nothing.
//!
//! Pages of `--allow-origin` may ask. An `<img>` of a foreign page sends no `Origin` at all: where the browser says that
//! the request comes from elsewhere it is refused, and where it does not (plain HTTP), the answer itself forbids the
//! browser to show it. The one exception is a session's `/stream/ID/mjpeg`: there the id is the secret.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, uri::Authority};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::http::cors::Origins;
use crate::http::error::ApiError;

/// Origins of the desktop client's own window.
const DESKTOP_ORIGINS: [&str; 3] = ["tauri://localhost", "http://tauri.localhost", "https://tauri.localhost"];

/// Which pages may show an answer as a part of theirs.
pub const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The names under which this server is itself, and the pages besides its own that may use it.
#[derive(Debug, Clone)]
pub struct Guard {
    names: Vec<String>,
    origins: Origins,
}

impl Guard {
    /// `machine_name` is this machine's own; `allowed` are those of `--allow-host`, `origins` those of `--allow-origin`.
    #[must_use]
    pub fn new(machine_name: Option<&str>, allowed: &[String], origins: Origins) -> Self {
        let mut names = vec!["localhost".to_owned()];
        if let Some(name) = machine_name.map(str::to_ascii_lowercase).filter(|name| !name.is_empty()) {
            names.push(format!("{name}.local"));
            names.push(name);
        }
        names.extend(allowed.iter().map(|name| name.to_ascii_lowercase()));
        Self { names, origins }
    }

    /// Whether a request with these headers may be answered.
    ///
    /// # Errors
    /// 403 that names the header, what it said, and the remedy.
    pub fn check(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        let host = single(headers, header::HOST.as_str())?
            .ok_or_else(|| refuse("the request has no Host header", "send one"))?;
        let authority: Authority =
            host.parse().map_err(|_| refuse("the Host header is malformed", "send host:port"))?;
        if !self.knows(authority.host()) {
            let name = authority.host();
            return Err(refuse(
                &format!("this server does not go by the name {name}"),
                &format!("use its address, or start it with --allow-host {name}"),
            ));
        }
        let Some(origin) = single(headers, header::ORIGIN.as_str())? else { return Ok(()) };
        let same = ["http://", "https://"].iter().any(|scheme| {
            origin.strip_prefix(scheme).is_some_and(|rest| rest.eq_ignore_ascii_case(authority.as_str()))
        });
        if same || DESKTOP_ORIGINS.contains(&origin) || self.origins.allow(origin) {
            Ok(())
        } else {
            let remedy = format!("open the server's own page, or start it with --allow-origin {origin}");
            Err(refuse(&format!("pages of {origin} may not use this server"), &remedy))
        }
    }

    /// Whether what is asked for may become a part of the page that asks: its own, or none.
    ///
    /// # Errors
    /// 403 for a part of a foreign page, as far as the browser says so (Fetch Metadata; over plain HTTP it does not).
    fn check_part(&self, path: &str, headers: &HeaderMap) -> Result<(), ApiError> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let is_foreign = matches!(text("sec-fetch-site"), Some("cross-site" | "same-site"));
        // With an `Origin` the list decides; a link that is followed shows a page of its own.
        let is_part = !headers.contains_key(header::ORIGIN) && text("sec-fetch-mode") != Some("navigate");
        if is_foreign && is_part && !is_by_secret(path) {
            return Err(refuse(
                "foreign pages may not show this",
                "create a session and show its httpStreamUrl, or open the server's own page",
            ));
        }
        Ok(())
    }

    fn knows(&self, host: &str) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        bare.parse::<IpAddr>().is_ok() || name.ends_with(".localhost") || self.names.contains(&name)
    }
}

/// Paths whose secret opens them to every page.
fn is_by_secret(path: &str) -> bool {
    path.starts_with("/stream/") && path.ends_with("/mjpeg")
}

/// Two `Host` or `Origin` headers are how one program is told one thing and the next another.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, ApiError> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(refuse(&format!("the request has several {name} headers"), "send one"));
    }
    first
        .map(|value| {
            value.to_str().map_err(|_| refuse(&format!("the {name} header is malformed"), "send plain text"))
        })
        .transpose()
}

fn refuse(cause: &str, remedy: &str) -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "refused", format!("{cause}; {remedy}"))
}

/// The guard as middleware.
pub async fn layer(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let checked = guard.check(request.headers()).and_then(|()| guard.check_part(path, request.headers()));
    match checked {
        Ok(()) => {
            let mut response = next.run(request).await;
            let headers = response.headers_mut();
            headers.entry(RESOURCE_POLICY).or_insert(HeaderValue::from_static("same-origin"));
            // A page that may be framed says by whom.
            if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
                headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
            }
            response
        }
        Err(error) => {
            tracing::debug!(path = request.uri().path(), ?error, "request refused");
            error.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard() -> Guard {
        let origins = Origins::new(&["https://apps.example.org".parse().unwrap()]);
        Guard::new(Some("Cell7"), &["view.example.org".into()], origins)
    }

    fn map(headers: &[(&'static str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        map
    }

    fn allowed(headers: &[(&'static str, &str)]) -> bool {
        guard().check(&map(headers)).is_ok()
    }

    #[test]
    fn parts_of_foreign_pages_are_refused_but_what_a_secret_opens() {
        fn part(path: &str, headers: &[(&'static str, &str)]) -> bool {
            guard().check_part(path, &map(headers)).is_ok()
        }
        for site in ["cross-site", "same-site"] {
            let img = [("sec-fetch-site", site), ("sec-fetch-mode", "no-cors")];
            assert!(!part("/stream", &img) && !part("/snapshot.png", &img), "{site}");
            assert!(part("/stream/stream_1_a/mjpeg", &img), "{site}");
            assert!(!part("/session/mjpeg", &img) && !part("/stream/stream_1_a/embed", &img), "{site}");
            assert!(part(
                "/stream/stream_1_a/embed",
                &[("sec-fetch-site", site), ("sec-fetch-mode", "navigate")]
            ));
        }
        for site in ["same-origin", "none"] {
            assert!(part("/stream", &[("sec-fetch-site", site), ("sec-fetch-mode", "no-cors")]), "{site}");
        }
        assert!(part("/stream", &[]), "no browser, or one that does not say");
    }

    #[test]
    fn own_names_and_addresses_are_known() {
        for host in [
            "localhost:49100",
            "127.0.0.1:49100",
            "[::1]:49100",
            "10.1.2.3",
            "cell7",
            "CELL7.local:1",
            "view.example.org",
            "a.localhost:3",
        ] {
            assert!(allowed(&[("host", host)]), "{host}");
        }
    }

    #[test]
    fn foreign_names_are_refused() {
        for host in
            ["evil.example", "localhost.evil.example", "cell8.local", "", "a b", "127.0.0.1.nip.io:49100"]
        {
            assert!(!allowed(&[("host", host)]), "{host}");
        }
        assert!(!allowed(&[]));
        assert!(!allowed(&[("host", "localhost"), ("host", "localhost")]));
    }

    #[test]
    fn only_the_own_page_and_the_desktop_may_script_it() {
        let host = ("host", "127.0.0.1:49100");
        for origin in [
            "http://127.0.0.1:49100",
            "https://127.0.0.1:49100",
            "tauri://localhost",
            "https://apps.example.org",
        ] {
            assert!(allowed(&[host, ("origin", origin)]), "{origin}");
        }
        for origin in [
            "null",
            "http://evil.example",
            "http://apps.example.org",
            "https://apps.example.org:444",
            "http://127.0.0.1",
            "http://127.0.0.1:49101",
            "http://localhost:49100",
            "http://127.0.0.1:49100.evil.example",
            "",
        ] {
            assert!(!allowed(&[host, ("origin", origin)]), "{origin}");
        }
    }
}
