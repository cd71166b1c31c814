//! The one TCP port: whoever connects says by the first byte what for.
//!
//! Media over TCP begins with the length of a STUN message (RFC 4571), which is short, so its high byte is 0 to 7;
//! no request line of HTTP begins so. Connections that say nothing are few and do not stay: the oldest makes room.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::net::{Endpoint, line};

/// A connection that has said nothing by then is closed.
const FIRST_BYTE: Duration = Duration::from_secs(10);
/// Connections that have said nothing yet; one more takes the place of the oldest.
const SILENT_MAX: usize = 256;
/// Connections for HTTP that wait to be served.
const WAITING: usize = 64;
/// Pause after the system refused a connection, for want of descriptors perhaps.
const BREATH: Duration = Duration::from_millis(50);
/// First bytes of media.
const MEDIA: std::ops::RangeInclusive<u8> = 0..=7;

/// Where HTTP gets its connections from.
pub struct Door {
    http: mpsc::Receiver<TcpStream>,
}

impl Door {
    /// Listens; media goes to `endpoint`. Ends when the door is dropped.
    #[must_use]
    pub fn open(listener: TcpListener, endpoint: Endpoint) -> Self {
        let (waiting, http) = mpsc::channel(WAITING);
        tokio::spawn(receive(listener, endpoint, waiting));
        Self { http }
    }

    /// The next connection for HTTP; `None` when the listener is lost.
    pub async fn accept(&mut self) -> Option<TcpStream> {
        let stream = self.http.recv().await?;
        keep_short(&stream);
        Some(stream)
    }
}

/// Pictures go out one by one over HTTP too: what waits in the system gets old.
fn keep_short(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true).and_then(|()| line::keep_short(stream)) {
        tracing::debug!(%error, "the system keeps as much unsent as it likes");
    }
}

async fn receive(listener: TcpListener, endpoint: Endpoint, waiting: mpsc::Sender<TcpStream>) {
    let mut silent: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = waiting.closed() => return,
        };
        let (stream, from) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(BREATH).await;
                continue;
            }
        };
        silent.retain(|task| !task.is_finished());
        if silent.len() == SILENT_MAX
            && let Some(oldest) = silent.pop_front()
        {
            oldest.abort();
        }
        let listening = tokio::spawn(sort(stream, from, endpoint.clone(), waiting.clone()));
        silent.push_back(listening.abort_handle());
    }
}

/// Waits for the first byte and hands the connection on.
async fn sort(stream: TcpStream, from: SocketAddr, endpoint: Endpoint, waiting: mpsc::Sender<TcpStream>) {
    let mut first = [0];
    match tokio::time::timeout(FIRST_BYTE, stream.peek(&mut first)).await {
        Ok(Ok(1)) if MEDIA.contains(&first[0]) => endpoint.take_line(stream, from),
        // The server may be stopping.
        Ok(Ok(1)) => drop(waiting.send(stream).await),
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::trace!(%error, %from, "a connection broke before it said anything"),
        Err(_) => tracing::trace!(%from, "a connection said nothing and is closed"),
    }
}
