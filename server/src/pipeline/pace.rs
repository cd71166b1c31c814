//! How often frames may start.

use std::time::{Duration, Instant};

/// Lets frames start at most `fps` times a second on average, without making a single one wait for a grid:
/// the first after a pause starts at once.
pub struct Pace {
    interval: Duration,
    due: Option<Instant>,
}

impl Pace {
    /// `fps` in frames a second. The pace is 5 % faster: pointers report at 62.5 or 125 Hz, and a pace just below
    /// their rate would make every input wait for most of a frame.
    #[must_use]
    pub fn new(fps: f64) -> Self {
        Self { interval: Duration::from_secs_f64(1.0 / (fps * 1.05)), due: None }
    }

    /// When the next frame may start.
    #[must_use]
    pub fn next(&self, now: Instant) -> Instant {
        self.due.unwrap_or(now)
    }

    /// A frame starts. Time that was not used is forgiven, up to one interval.
    pub fn start(&mut self, now: Instant) {
        let earliest = now.checked_sub(self.interval).unwrap_or(now);
        self.due = Some(self.due.map_or(now, |due| due.max(earliest)) + self.interval);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Starts a frame for each event unless it is too early, as the render thread does; returns delays.
    fn delays(fps: f64, event_ms: f64, count: u32) -> Vec<f64> {
        let (start, mut pace, mut free) = (Instant::now(), Pace::new(fps), Instant::now());
        (0..count)
            .map(|k| {
                let event = start + Duration::from_secs_f64(f64::from(k) * event_ms / 1000.0);
                let at = pace.next(event).max(event).max(free);
                pace.start(at);
                free = at;
                (at - event).as_secs_f64() * 1000.0
            })
            .collect()
    }

    #[test]
    fn pointer_events_at_their_usual_rate_never_wait() {
        assert!(delays(60.0, 16.0, 600).iter().all(|&ms| ms < 0.01));
    }

    #[test]
    fn faster_events_are_held_to_the_rate() {
        let delays = delays(60.0, 8.0, 100);
        let span = 99.0 * 8.0 + delays[99];
        assert!((span / 99.0 - 1000.0 / 63.0).abs() < 0.5, "{span}");
    }
}
