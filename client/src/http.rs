//! One HTTP request and its answer, and no more of HTTP than a viewer's way in takes.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Largest answer that is read, in bytes.
const ANSWER_MAX: usize = 1 << 20;

/// What a server answered.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Header lines as they came, without the status line.
    pub head: String,
    /// The body as text.
    pub body: String,
}

impl Answer {
    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The connection's failure.
    #[error("{0}")]
    Connection(#[from] io::Error),
    /// What came is not HTTP.
    #[error("the answer is not HTTP: {0}")]
    NotHttp(&'static str),
    /// More than a viewer has use for.
    #[error("the answer is larger than {ANSWER_MAX} bytes")]
    TooLarge,
}

/// Connects, asks, reads to the end.
///
/// # Errors
/// The connection's, or an answer that is none.
pub async fn request(
    server: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Answer, HttpError> {
    let stream = TcpStream::connect(server).await?;
    ask(stream, &server.to_string(), method, path, headers, body).await
}

/// Asks on a connection that is used for nothing else. `host` is the server's name and port.
///
/// # Errors
/// The connection's, or an answer that is none.
pub async fn ask(
    mut stream: TcpStream,
    host: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Answer, HttpError> {
    let length = body.len();
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n"
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(&[head.as_bytes(), body].concat()).await?;
    let mut bytes = Vec::new();
    loop {
        if let Some(answer) = parse(&bytes, false)? {
            return Ok(answer);
        }
        if bytes.len() > ANSWER_MAX {
            return Err(HttpError::TooLarge);
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return parse(&bytes, true)?.ok_or(HttpError::NotHttp("it has no end"));
        }
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// The answer, if it is whole; at the end of the connection a body without a length is.
fn parse(bytes: &[u8], is_end: bool) -> Result<Option<Answer>, HttpError> {
    let shown = &bytes[..bytes.len().min(5)];
    if !b"HTTP/".starts_with(shown) {
        return Err(HttpError::NotHttp("it does not begin with HTTP/"));
    }
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let head = String::from_utf8_lossy(&bytes[..end]);
    let (line, head) = head.split_once("\r\n").unwrap_or((&head, ""));
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.ok_or(HttpError::NotHttp("it has no status"))?;
    let rest = &bytes[end + 4..];
    let is_chunked =
        header(head, "transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
    let length = header(head, "content-length").and_then(|value| value.parse::<usize>().ok());
    let body = match (is_chunked, length) {
        _ if status == 204 || status == 304 => Some(Vec::new()),
        (true, _) => unchunked(rest)?,
        (false, Some(length)) => rest.get(..length).map(<[u8]>::to_vec),
        (false, None) => is_end.then(|| rest.to_vec()),
    };
    Ok(body.map(|body| Answer {
        status,
        head: head.to_owned(),
        body: String::from_utf8_lossy(&body).into_owned(),
    }))
}

/// A body in chunks (RFC 9112, section 7.1), if its last one is there.
fn unchunked(mut rest: &[u8]) -> Result<Option<Vec<u8>>, HttpError> {
    let mut body = Vec::new();
    loop {
        let Some(end) = rest.windows(2).position(|window| window == b"\r\n") else { return Ok(None) };
        let size = std::str::from_utf8(&rest[..end]).ok().and_then(|line| line.split(';').next());
        let size = size.and_then(|digits| usize::from_str_radix(digits.trim(), 16).ok());
        let size =
            size.filter(|size| *size <= ANSWER_MAX).ok_or(HttpError::NotHttp("a chunk has no size"))?;
        if size == 0 {
            return Ok(Some(body));
        }
        let Some(chunk) = rest.get(end + 2..end + 2 + size) else { return Ok(None) };
        body.extend_from_slice(chunk);
        rest = rest.get(end + 4 + size..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Option<(u16, String)> {
        parse(text.as_bytes(), false).unwrap().map(|answer| (answer.status, answer.body))
    }

    #[test]
    fn an_answer_ends_where_it_says() {
        let plain = "HTTP/1.1 201 Created\r\nContent-Length: 3\r\nLocation: /whep/1\r\n\r\nv=0";
        assert_eq!(whole(plain), Some((201, "v=0".into())));
        for cut in 0..plain.len() {
            assert_eq!(whole(&plain[..cut]), None, "{cut}");
        }
        let chunked =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3;x=y\r\ncde\r\n0\r\n\r\n";
        assert_eq!(whole(chunked), Some((200, "abcde".into())));
        assert_eq!(whole(&chunked[..chunked.len() - 5]), None);
        assert_eq!(whole("HTTP/1.1 204 No Content\r\n\r\n"), Some((204, String::new())));
        let open = b"HTTP/1.0 200 OK\r\n\r\nall of it";
        assert!(parse(open, false).unwrap().is_none());
        assert_eq!(parse(open, true).unwrap().unwrap().body, "all of it");
    }

    #[test]
    fn what_is_no_http_is_told_at_once() {
        for text in ["SSH-2.0-OpenSSH", "\0\0", "HTTP/1.1 what\r\n\r\n"] {
            assert!(matches!(parse(text.as_bytes(), false), Err(HttpError::NotHttp(_))), "{text}");
        }
        let chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n";
        assert!(matches!(parse(chunk.as_bytes(), false), Err(HttpError::NotHttp(_))));
    }
}
