//! Connections that lead nowhere: many of them, each stuck in another place, and one good viewer that wants in.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use telestage_client::http::request;
use telestage_client::webrtc::{Offering, Want};
use telestage_client::{Address, Event, Options, Transport, Way, connect};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::figures::{ranks, round};
use crate::subject::Subject;

/// What is not closed by then never will be.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two visits of the good viewer.
const PAUSE: Duration = Duration::from_millis(100);
/// Answers are read in pieces of this many bytes.
const PIECE: usize = 16 * 1024;

/// Where a connection is stuck.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stuck {
    /// It says nothing.
    Silent,
    /// Amid a request's head.
    Head,
    /// Amid a request's body.
    Body,
    /// After an answer, before the next request.
    Rest,
    /// Amid the first packet of media.
    Packet,
    /// A WebSocket that reads, and says nothing any more.
    Mute,
}

impl Stuck {
    const ALL: [Self; 6] = [Self::Silent, Self::Head, Self::Body, Self::Rest, Self::Packet, Self::Mute];

    fn name(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Head => "head",
            Self::Body => "body",
            Self::Rest => "rest",
            Self::Packet => "packet",
            Self::Mute => "mute",
        }
    }

    /// All that it ever says.
    fn words(self, host: &str) -> Vec<u8> {
        match self {
            Self::Silent => Vec::new(),
            Self::Head => format!("GET /health HTTP/1.1\r\nHost: {host}\r\nX-").into_bytes(),
            Self::Body => format!(
                "POST /whep HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/sdp\r\nContent-Length: 900\r\n\r\nv=0"
            )
            .into_bytes(),
            Self::Rest => format!("GET /ping HTTP/1.1\r\nHost: {host}\r\n\r\n").into_bytes(),
            Self::Packet => vec![0, 100, 0, 1],
            Self::Mute => format!(
                "GET /ws HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            .into_bytes()
            .into_iter()
            .chain(unmasked_hello())
            .collect(),
        }
    }
}

/// The one thing that a mute one says, as a frame whose mask changes nothing (RFC 6455, section 5.2).
fn unmasked_hello() -> Vec<u8> {
    let hello = br#"{"event_type":"hello","payload":{"protocol":1,"client":"mute","version":"0"}}"#;
    [&[0x81, 0x80 | hello.len() as u8, 0, 0, 0, 0], &hello[..]].concat()
}

/// Opens `connections` that get stuck and makes `offers` that nobody follows. How long the server holds them, and how long
/// a good viewer takes meanwhile from its first packet to its first picture.
///
/// # Errors
/// This machine's own trouble.
pub async fn besiege(subject: &Subject, connections: u32, offers: u32) -> Result<Value> {
    let start = Instant::now();
    let mut stuck = JoinSet::new();
    for (_, kind) in (0..connections).zip(Stuck::ALL.into_iter().cycle()) {
        stuck.spawn(hold(subject.clone(), kind));
    }
    let offering = Offering::new(Want { video: true, data: true, tcp: false }).await?;
    let mut offered = JoinSet::new();
    for _ in 0..offers {
        offered.spawn(offer(subject.clone(), offering.sdp().to_owned()));
    }
    let siege = async {
        let mut held = BTreeMap::<Stuck, Duration>::new();
        let mut left = 0_u32;
        while let Some(closed) = stuck.join_next().await {
            let (kind, time) = closed.context("a connection's task failed")?;
            match time {
                Some(time) => {
                    let longest = held.entry(kind).or_default();
                    *longest = time.max(*longest);
                }
                None => left += 1,
            }
        }
        let mut statuses = BTreeMap::<String, u32>::new();
        while let Some(answer) = offered.join_next().await {
            *statuses.entry(answer.context("an offer's task failed")?).or_default() += 1;
        }
        anyhow::Ok((held, left, statuses))
    };
    let is_over = AtomicBool::new(false);
    let (mut times, mut failures) = (Vec::new(), BTreeMap::<String, u32>::new());
    let visits = async {
        while !is_over.load(Ordering::Relaxed) {
            match visit(subject.address.clone()).await {
                Ok(time) => times.push(time),
                Err(reason) => *failures.entry(reason).or_default() += 1,
            }
            sleep(PAUSE).await;
        }
    };
    // The last visit ends as the others do: with a goodbye.
    let siege = async { siege.await.inspect(|_| is_over.store(true, Ordering::Relaxed)) };
    let (ended, ()) = tokio::join!(siege, visits);
    let (held, left, statuses) = ended?;
    let places_free = places_free(subject, start).await?;
    let held: BTreeMap<&str, f64> =
        held.into_iter().map(|(kind, time)| (kind.name(), round(time.as_secs_f64()))).collect();
    Ok(json!({
        "connections": connections,
        "offers": offers,
        "offers_by_status": statuses,
        "held_secs": held,
        "never_closed": left,
        "places_free_secs": places_free.map(|time| round(time.as_secs_f64())),
        "good_viewer": {"visits": times.len(), "first_frame_ms": ranks(times), "failures": failures},
    }))
}

/// How long after `start` the last place was free again.
async fn places_free(subject: &Subject, start: Instant) -> Result<Option<Duration>> {
    while start.elapsed() < PATIENCE {
        if subject.viewers().await? == 0.0 {
            return Ok(Some(start.elapsed()));
        }
        sleep(PAUSE).await;
    }
    Ok(None)
}

/// Opens a connection, gets stuck, and waits for its end.
async fn hold(subject: Subject, kind: Stuck) -> (Stuck, Option<Duration>) {
    let start = Instant::now();
    let host = subject.address.to_string();
    let until_closed = async {
        let Ok(mut stream) = TcpStream::connect(subject.socket).await else { return };
        let mut answer = vec![0; PIECE];
        if stream.write_all(&kind.words(&host)).await.is_ok() {
            while stream.read(&mut answer).await.is_ok_and(|count| count > 0) {}
        }
    };
    let closed = timeout(PATIENCE, until_closed).await;
    (kind, closed.ok().map(|()| start.elapsed()))
}

async fn offer(subject: Subject, sdp: String) -> String {
    let headers = [("Content-Type", "application/sdp")];
    match request(subject.socket, "POST", "/whep", &headers, sdp.as_bytes()).await {
        Ok(answer) if answer.status == 503 && answer.header("retry-after").is_some() => {
            "503_retry_after".to_owned()
        }
        Ok(answer) => answer.status.to_string(),
        Err(_) => "no_answer".to_owned(),
    }
}

/// A viewer that comes as any other, to its first picture.
async fn visit(address: Address) -> Result<Duration, String> {
    let start = Instant::now();
    let options = Options { transport: Way::Only(Transport::Udp), ..Options::new(address, "telestage-good") };
    let (handle, mut events) = connect(options);
    let outcome = loop {
        match events.next().await {
            Some(Event::Unit(unit)) => break Ok(unit.arrived - start),
            Some(Event::Ended(ending)) => break Err(ending.code().to_owned()),
            Some(Event::Hop(..) | Event::Welcomed(_) | Event::Message(_) | Event::Unknown(_)) => {}
            None => break Err("ended".to_owned()),
        }
    };
    handle.close();
    while events.next().await.is_some() {}
    outcome
}
