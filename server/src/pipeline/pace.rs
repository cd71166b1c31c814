//! How often frames may start.

use std::time::{Duration, Instant};

/// A frame that shows something new may start so much of an interval before its time: a picture that moves by itself
/// would make the hand wait for its next frame, half an interval on average. The frames after it are later by that.
const EARLY: f64 = 0.75;

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

    /// When one that shows something new may start, such as another view: perhaps earlier.
    #[must_use]
    pub fn next_new(&self, now: Instant) -> Instant {
        self.due.and_then(|due| due.checked_sub(self.interval.mul_f64(EARLY))).unwrap_or(now)
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

    /// A picture that moves by itself at its rate, and a hand that moves it from `from` on.
    #[test]
    fn the_hand_waits_for_no_picture_that_moves_by_itself() {
        let start = Instant::now();
        for phase in 0..16 {
            let (mut pace, mut now, mut starts) = (Pace::new(60.0), start, Vec::new());
            let mut event = start + Duration::from_millis(160 + phase);
            while starts.len() < 200 {
                let own = pace.next(now).max(now);
                let hand = pace.next_new(event).max(event);
                now = own.min(hand);
                if now == hand {
                    assert!(now - event <= pace.interval.mul_f64(1.0 - EARLY), "{phase}: {:?}", now - event);
                    event += Duration::from_millis(16);
                }
                pace.start(now);
                starts.push(now);
            }
            let span = (now - start).as_secs_f64();
            assert!(199.0 / span < 64.0, "no more pictures than without: {span}");
        }
    }

    #[test]
    fn faster_events_are_held_to_the_rate() {
        let delays = delays(60.0, 8.0, 100);
        let span = 99.0 * 8.0 + delays[99];
        assert!((span / 99.0 - 1000.0 / 63.0).abs() < 0.5, "{span}");
    }
}
