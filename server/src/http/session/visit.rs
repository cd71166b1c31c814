//! One live socket of a session: counted while it lives, seen when it moves, told when the session is over.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// Why a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Over {
    /// Somebody who knows its id ended it.
    #[error("the session was destroyed")]
    Destroyed,
    /// Nobody used it.
    #[error("the session was not used and has expired")]
    Expired,
    /// The server stops.
    #[error("the server stops")]
    Stopping,
}

impl Over {
    /// What its WebSockets are closed with: 1012 is "service restart" (IANA), those above 4000 are ours.
    #[must_use]
    pub fn close_code(self) -> u16 {
        match self {
            Self::Destroyed => 4001,
            Self::Expired => 4002,
            Self::Stopping => 1012,
        }
    }
}

/// What moves in a session, shared by its sockets and the registry.
#[derive(Debug)]
struct Life {
    created: Instant,
    /// Milliseconds from `created` to the last traffic.
    touched_ms: AtomicU64,
    visits: AtomicUsize,
    over: watch::Sender<Option<Over>>,
}

/// The pulse of a session; cheap to clone.
#[derive(Clone, Debug)]
pub struct Pulse(Arc<Life>);

impl Pulse {
    /// A session that begins now.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        let over = watch::Sender::new(None);
        Self(Arc::new(Life {
            created: now,
            touched_ms: AtomicU64::new(0),
            visits: AtomicUsize::new(0),
            over,
        }))
    }

    /// Something was sent or received.
    pub fn touch(&self) {
        self.touch_at(Instant::now());
    }

    fn touch_at(&self, now: Instant) {
        let millis = now.saturating_duration_since(self.0.created).as_millis() as u64;
        self.0.touched_ms.fetch_max(millis, Ordering::Relaxed);
    }

    /// From the session's beginning to its last traffic.
    #[must_use]
    pub fn touched_after(&self) -> Duration {
        Duration::from_millis(self.0.touched_ms.load(Ordering::Relaxed))
    }

    /// Live sockets.
    #[must_use]
    pub fn visits(&self) -> usize {
        self.0.visits.load(Ordering::Acquire)
    }

    /// Without traffic and sockets for so long.
    #[must_use]
    pub fn idle(&self, now: Instant) -> Duration {
        if self.visits() > 0 {
            return Duration::ZERO;
        }
        now.saturating_duration_since(self.0.created + self.touched_after())
    }

    /// Ends all its sockets.
    pub fn end(&self, over: Over) {
        self.0.over.send_replace(Some(over));
    }

    /// One socket more, which counts until it is dropped.
    #[must_use]
    pub fn visit(&self, now: Instant) -> Visit {
        self.0.visits.fetch_add(1, Ordering::AcqRel);
        self.touch_at(now);
        Visit { pulse: self.clone(), over: self.0.over.subscribe() }
    }
}

/// One live socket.
#[derive(Debug)]
pub struct Visit {
    pulse: Pulse,
    over: watch::Receiver<Option<Over>>,
}

impl Visit {
    /// For whoever sees the traffic.
    #[must_use]
    pub fn pulse(&self) -> Pulse {
        self.pulse.clone()
    }

    /// Something was sent or received.
    pub fn touch(&self) {
        self.pulse.touch();
    }

    /// Resolves when the session is over. Can be cancelled.
    pub async fn over(&mut self) -> Over {
        match self.over.wait_for(Option::is_some).await {
            Ok(over) => over.unwrap_or(Over::Stopping),
            Err(_) => Over::Stopping,
        }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        // The time that it is idle for begins with the end of its last socket.
        self.pulse.touch();
        self.pulse.0.visits.fetch_sub(1, Ordering::AcqRel);
    }
}

/// As [`Visit::over`] where there may be no session: then it never resolves.
pub async fn over(visit: &mut Option<Visit>) -> Over {
    match visit {
        Some(visit) => visit.over().await,
        None => std::future::pending().await,
    }
}
