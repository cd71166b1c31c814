//! Through the server's door: an offer over WHEP, or a WebSocket, and a running session behind it.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::error::ConnectError;
use crate::http::{self, Answer, HttpError};
use crate::options::{Options, Transport};
use crate::reach::reach;
use crate::session::Receiver;
use crate::webrtc::{Offering, Want, WebrtcError, with_tcp_alone, with_udp};
use crate::ws;

/// How long a server may think about an offer.
const ANSWER_PATIENCE: Duration = Duration::from_secs(10);
/// How long a refused way's session is asked to end; the server finds out by itself otherwise.
const FAREWELL_PATIENCE: Duration = Duration::from_secs(1);

/// A session and what the server knows it by.
pub struct Entered {
    /// Running, not connected yet.
    pub receiver: Receiver,
    /// The WHEP session's path.
    resource: Option<String>,
    server: SocketAddr,
    host: String,
}

impl Entered {
    /// Takes the session back that leads nowhere, so that the server has its place again at once.
    pub async fn leave(self) {
        let Some(path) = &self.resource else { return };
        let farewell = async {
            let stream = TcpStream::connect(self.server).await?;
            http::ask(stream, &self.host, "DELETE", path, &[], b"").await
        };
        // A server that does not hear it drops the session on its own.
        drop(timeout(FAREWELL_PATIENCE, farewell).await);
    }
}

/// Enters by `transport`. `first` is a connection to the server that is used for nothing else yet.
pub async fn enter(
    options: &Options,
    transport: Transport,
    first: Option<TcpStream>,
    server: SocketAddr,
) -> Result<Entered, ConnectError> {
    let stream = match first {
        Some(stream) => stream,
        None => reach(&[server]).await?,
    };
    let host = options.address.to_string();
    let tcp = match transport {
        Transport::Udp => false,
        Transport::Tcp => true,
        Transport::WebSocket => {
            let opening = ws::open(stream, &host);
            let receiver = timeout(ANSWER_PATIENCE, opening).await.map_err(|_| silent(server))?;
            return Ok(Entered {
                receiver: receiver.map_err(|error| ws_error(server, error))?,
                resource: None,
                server,
                host,
            });
        }
    };
    let here = stream.local_addr().map_err(|error| ConnectError::Local(error.to_string()))?;
    let want = Want { video: options.video, data: options.data, tcp };
    let offering = Offering::from_address(want, here.ip()).await.map_err(|error| local(&error))?;
    let asking = http::ask(
        stream,
        &host,
        "POST",
        "/whep",
        &[("Content-Type", "application/sdp")],
        offering.sdp().as_bytes(),
    );
    let answer = timeout(ANSWER_PATIENCE, asking).await.map_err(|_| silent(server))?;
    let answer = answer.map_err(|error| http_error(server, &error))?;
    check(server, &answer)?;
    let complete = if tcp { with_tcp_alone(&answer.body, server) } else { with_udp(&answer.body, server) };
    let resource = answer.header("location").filter(|path| path.starts_with('/')).map(str::to_owned);
    match offering.accept(&complete).await {
        Ok(receiver) => Ok(Entered { receiver, resource, server, host }),
        Err(WebrtcError::Socket(_)) if tcp => {
            Err(ConnectError::NoPath { address: server, tried: vec![transport] })
        }
        Err(error @ (WebrtcError::Socket(_) | WebrtcError::Stack(_))) => Err(ConnectError::NotTelestage {
            address: server,
            found: format!("its answer to an offer is not understood ({error})"),
        }),
    }
}

fn local(error: &WebrtcError) -> ConnectError {
    ConnectError::Local(error.to_string())
}

fn silent(address: SocketAddr) -> ConnectError {
    let cause = format!("it accepts connections and says nothing for {} s", ANSWER_PATIENCE.as_secs());
    ConnectError::Unreachable { address, cause }
}

fn http_error(address: SocketAddr, error: &HttpError) -> ConnectError {
    match error {
        HttpError::Connection(cause) => ConnectError::Unreachable { address, cause: cause.to_string() },
        HttpError::NotHttp(_) | HttpError::TooLarge => {
            ConnectError::NotTelestage { address, found: error.to_string() }
        }
    }
}

fn ws_error(address: SocketAddr, error: ws::OpenError) -> ConnectError {
    match error {
        ws::OpenError::Connection(cause) => ConnectError::Unreachable { address, cause },
        ws::OpenError::NotWebSocket(found) => ConnectError::NotTelestage { address, found },
        ws::OpenError::Status(answer) => match check(address, &answer) {
            Err(error) => error,
            Ok(()) => {
                ConnectError::NotTelestage { address, found: "it opens no WebSocket at /ws".to_owned() }
            }
        },
    }
}

/// Whether an answer opens the door; what a refusal means otherwise.
fn check(address: SocketAddr, answer: &Answer) -> Result<(), ConnectError> {
    let status = answer.status;
    if status == 201 {
        return Ok(());
    }
    let error: Option<Value> = serde_json::from_str(&answer.body).ok();
    let text = |name: &str| Some(error.as_ref()?.get("error")?.get(name)?.as_str()?.to_owned());
    match (text("code"), text("message")) {
        (Some(_), Some(message)) if status == 503 => {
            let secs = answer.header("retry-after").and_then(|value| value.parse().ok());
            Err(ConnectError::Busy { message, retry_after: secs.map(Duration::from_secs) })
        }
        (Some(code), Some(message)) => Err(ConnectError::Rejected { status, code, message }),
        // A proxy before a server that is away speaks for it.
        _ if status >= 500 => Err(ConnectError::Rejected {
            status,
            code: String::new(),
            message: "something before the server answers in its place".to_owned(),
        }),
        _ => Err(ConnectError::NotTelestage {
            address,
            found: format!("it answers with status {status} and no reason"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, head: &str, body: &str) -> ConnectError {
        let answer = Answer { status, head: head.to_owned(), body: body.to_owned() };
        check("127.0.0.1:1".parse().unwrap(), &answer).unwrap_err()
    }

    #[test]
    fn refusals_are_told_apart() {
        let body = r#"{"error": {"code": "busy", "message": "8 viewers are here"}}"#;
        let busy = refusal(503, "Content-Type: x\r\nRetry-After: 5", body);
        assert_eq!(busy.retry_after(), Some(Duration::from_secs(5)));
        assert_eq!(refusal(503, "", body).code(), "busy");
        assert!(!refusal(403, "", r#"{"error": {"code": "refused", "message": "no"}}"#).is_passing());
        assert!(refusal(502, "", "<html>bad gateway</html>").is_passing(), "a proxy whose server is away");
        assert_eq!(refusal(404, "", "<html>").code(), "not_telestage");
        assert_eq!(refusal(200, "", "{}").code(), "not_telestage");
    }
}
