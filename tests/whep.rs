//! A viewer's way in over HTTP: `POST /whep`, and no more of HTTP than that takes.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::receiver::{Offering, Receiver, ReceiverError, Want};

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
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// Sends one request and reads its answer to the end.
///
/// # Errors
/// The connection's, or an answer that is none.
pub async fn request(
    server: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Answer, ReceiverError> {
    let mut stream = TcpStream::connect(server).await?;
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).await?;
    stream.write_all(body).await?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await?;
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) =
        text.split_once("\r\n\r\n").ok_or_else(|| ReceiverError::new("the answer has no end"))?;
    let (line, head) = head.split_once("\r\n").unwrap_or((head, ""));
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.ok_or_else(|| ReceiverError::new("the answer has no status"))?;
    Ok(Answer { status, head: head.to_owned(), body: body.to_owned() })
}

/// Connects to a server as a WHEP player does.
///
/// # Errors
/// No connection, or the server's refusal.
pub async fn connect(server: SocketAddr, want: Want) -> Result<Receiver, ReceiverError> {
    let offering = Offering::new(want).await?;
    let offer = offering.sdp().as_bytes();
    let answer = request(server, "POST", "/whep", &[("Content-Type", "application/sdp")], offer).await?;
    if answer.status != 201 {
        return Err(ReceiverError::new(format!("status {}: {}", answer.status, answer.body)));
    }
    offering.accept(&answer.body).await
}

/// As [`connect`], with `relay` in place of every address that the answer names for datagrams.
///
/// # Errors
/// No connection, or the server's refusal.
pub async fn connect_through(
    server: SocketAddr,
    relay: SocketAddr,
    want: Want,
) -> Result<Receiver, ReceiverError> {
    let offering = Offering::new(want).await?;
    let offer = offering.sdp().as_bytes();
    let answer = request(server, "POST", "/whep", &[("Content-Type", "application/sdp")], offer).await?;
    if answer.status != 201 {
        return Err(ReceiverError::new(format!("status {}: {}", answer.status, answer.body)));
    }
    offering.accept(&through(&answer.body, relay)).await
}

fn through(answer: &str, relay: SocketAddr) -> String {
    let line = |line: &str| match line.strip_prefix("a=candidate:") {
        Some(candidate) => {
            let mut words: Vec<&str> = candidate.split_whitespace().collect();
            let (ip, port) = (relay.ip().to_string(), relay.port().to_string());
            if let [_, _, "udp", _, address, at, ..] = &mut words[..] {
                (*address, *at) = (&ip, &port);
            }
            format!("a=candidate:{}\r\n", words.join(" "))
        }
        None => format!("{line}\r\n"),
    };
    answer.lines().map(line).collect()
}
