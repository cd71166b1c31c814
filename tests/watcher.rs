//! One viewer of a crowd: watches until it is told to stop, and says what it saw.

use std::time::Instant;

use serde_json::{Value, json};
use telestage_client::{Address, Arrivals, Event, Hop, Options, Transport, Way, connect};
use tokio::time::sleep_until;

use crate::figures::round;
use crate::mjpeg::{Mjpeg, Trouble};

/// How a viewer watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// As the native client does.
    Client(Transport),
    /// As an `<img>` does.
    Mjpeg,
}

impl Kind {
    /// As on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Client(transport) => transport.name(),
            Self::Mjpeg => "mjpeg",
        }
    }
}

/// What one viewer saw.
#[derive(Debug)]
pub struct Sighting {
    /// How it watched.
    pub kind: Kind,
    /// When it began.
    pub start: Instant,
    /// When it was connected.
    pub connected: Option<Instant>,
    /// When its first picture was there.
    pub first: Option<Instant>,
    /// All its pictures.
    pub arrivals: Arrivals,
    /// Why it ended early: a short name.
    pub error: Option<&'static str>,
}

impl Sighting {
    fn new(kind: Kind) -> Self {
        let start = Instant::now();
        Self { kind, start, connected: None, first: None, arrivals: Arrivals::default(), error: None }
    }

    /// As JSON, for an account that ends at `end`. Rates count from the first picture on.
    #[must_use]
    pub fn to_json(&self, end: Instant) -> Value {
        let since = |at: Option<Instant>| at.map(|at| round((at - self.start).as_secs_f64() * 1e3));
        let arrivals = &self.arrivals;
        let gap = |share| arrivals.percentile(share).map(|gap| round(gap.as_secs_f64() * 1e3));
        let has_gaps = arrivals.frames > 1 || arrivals.freezes > 0;
        json!({
            "transport": self.kind.name(),
            "connected_ms": since(self.connected),
            "first_unit_ms": since(self.first),
            "frames": arrivals.frames,
            "keys": arrivals.keys,
            "fps": round(arrivals.fps(end)),
            "mbps": round(arrivals.mbps(end)),
            "bytes": arrivals.bytes,
            "gap_p50_ms": gap(0.5),
            "gap_p95_ms": gap(0.95),
            "gap_p99_ms": gap(0.99),
            "gap_max_ms": has_gaps.then(|| round(arrivals.longest().as_secs_f64() * 1e3)),
            "freezes": arrivals.freezes,
            "late": arrivals.losses.late,
            "lost": arrivals.losses.lost,
            "error": self.error,
        })
    }
}

/// Watches until `end`.
pub async fn watch(address: Address, kind: Kind, end: Instant) -> Sighting {
    let mut sighting = match kind {
        Kind::Client(transport) => watch_as_client(address, transport, end).await,
        Kind::Mjpeg => watch_mjpeg(&address, end).await,
    };
    sighting.arrivals.finish(Instant::now().min(end));
    sighting
}

async fn watch_as_client(address: Address, transport: Transport, end: Instant) -> Sighting {
    let mut sighting = Sighting::new(Kind::Client(transport));
    let options = Options { transport: Way::Only(transport), ..Options::new(address, "telestage-load") };
    let (handle, mut events) = connect(options);
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            () = sleep_until(end.into()) => break,
        };
        match event {
            Some(Event::Hop(Hop::Connected(_), _)) => sighting.connected = Some(Instant::now()),
            Some(Event::Unit(unit)) => {
                sighting.first.get_or_insert(unit.arrived);
                sighting.arrivals.count(&unit);
            }
            Some(Event::Ended(ending)) => sighting.error = Some(ending.code()),
            Some(Event::Hop(..) | Event::Welcomed(_) | Event::Message(_) | Event::Unknown(_)) => {}
            None => break,
        }
    }
    // The server has its place again before the next measurement.
    handle.close();
    while events.next().await.is_some() {}
    sighting
}

async fn watch_mjpeg(address: &Address, end: Instant) -> Sighting {
    let mut sighting = Sighting::new(Kind::Mjpeg);
    let ended = tokio::select! {
        trouble = follow(address, &mut sighting) => Some(trouble),
        () = sleep_until(end.into()) => None,
    };
    sighting.error = ended.map(|Trouble(code)| code);
    sighting
}

/// Counts pictures until there are no more.
async fn follow(address: &Address, sighting: &mut Sighting) -> Trouble {
    let mut stream = match Mjpeg::open(address).await {
        Ok(stream) => stream,
        Err(trouble) => return trouble,
    };
    sighting.connected = Some(Instant::now());
    loop {
        match stream.next().await {
            Ok((bytes, at)) => {
                sighting.first.get_or_insert(at);
                sighting.arrivals.add(at, bytes, true);
            }
            Err(trouble) => return trouble,
        }
    }
}
