//! Connects to a server as a WHEP player does, with a relay in place of the server's own addresses.

use std::net::SocketAddr;

use telestage_client::Receiver;
use telestage_client::http::request;
use telestage_client::webrtc::{Offering, Want};

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
#[error("no connection through the link: {0}")]
pub struct NotConnected(String);

/// With `relay` in place of every address that the answer names for datagrams.
///
/// # Errors
/// No connection, or the server's refusal.
pub async fn connect(server: SocketAddr, relay: SocketAddr, want: Want) -> Result<Receiver, NotConnected> {
    let wrong = |error: &dyn std::fmt::Display| NotConnected(error.to_string());
    let offering = Offering::new(want).await.map_err(|error| wrong(&error))?;
    let headers = [("Content-Type", "application/sdp")];
    let asked = request(server, "POST", "/whep", &headers, offering.sdp().as_bytes());
    let answer = asked.await.map_err(|error| wrong(&error))?;
    if answer.status != 201 {
        return Err(wrong(&format_args!("status {}: {}", answer.status, answer.body)));
    }
    offering.accept(&through(&answer.body, relay)).await.map_err(|error| wrong(&error))
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
