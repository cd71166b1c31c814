//! Who may ask: `Host` and `Origin`.
//!
//! A web page from elsewhere can make its visitor's browser talk to this server, directly or through a DNS name that
//! changes its address. The browser then says so in `Origin`, or a foreign name stands in `Host`. Both are refused.
//! Static files and the probes are served to anybody: they tell nothing.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header, uri::Authority};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::http::error::ApiError;

/// Origins of the desktop client's own window.
const DESKTOP_ORIGINS: [&str; 3] = ["tauri://localhost", "http://tauri.localhost", "https://tauri.localhost"];

/// The names under which this server is itself.
#[derive(Debug, Clone)]
pub struct Guard {
    names: Vec<String>,
}

impl Guard {
    /// `machine_name` is this machine's own; `allowed` are those of `--allow-host`.
    #[must_use]
    pub fn new(machine_name: Option<&str>, allowed: &[String]) -> Self {
        let mut names = vec!["localhost".to_owned()];
        if let Some(name) = machine_name.map(str::to_ascii_lowercase).filter(|name| !name.is_empty()) {
            names.push(format!("{name}.local"));
            names.push(name);
        }
        names.extend(allowed.iter().map(|name| name.to_ascii_lowercase()));
        Self { names }
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
        if same || DESKTOP_ORIGINS.contains(&origin) {
            Ok(())
        } else {
            Err(refuse(&format!("pages of {origin} may not use this server"), "open the server's own page"))
        }
    }

    fn knows(&self, host: &str) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        bare.parse::<IpAddr>().is_ok() || name.ends_with(".localhost") || self.names.contains(&name)
    }
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
    match guard.check(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(error) => {
            tracing::debug!(path = request.uri().path(), ?error, "request refused");
            error.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(headers: &[(&'static str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        Guard::new(Some("Cell7"), &["view.example.org".into()]).check(&map).is_ok()
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
        for origin in ["http://127.0.0.1:49100", "https://127.0.0.1:49100", "tauri://localhost"] {
            assert!(allowed(&[host, ("origin", origin)]), "{origin}");
        }
        for origin in [
            "null",
            "http://evil.example",
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
