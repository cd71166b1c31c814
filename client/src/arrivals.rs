//! How evenly pictures arrive: counts, rates, gaps, freezes. Pure: no clock of its own, and no memory that grows.

use std::time::{Duration, Instant};

use crate::unit::{AccessUnit, Losses};

/// A gap beyond this is a freeze. A picture at rest is not sent again and looks the same: measure something that moves.
pub const FREEZE: Duration = Duration::from_millis(500);
/// Resolution of the percentiles.
const BIN: Duration = Duration::from_micros(500);
/// Gaps that are told apart; longer ones count as the longest.
const BINS: usize = 4000;

/// What arrived. The account begins with the first picture.
#[derive(Clone, Debug)]
pub struct Arrivals {
    /// When the account began, and whether a picture began it, which then ends no gap.
    since: Option<(Instant, bool)>,
    last: Option<Instant>,
    /// Pictures.
    pub frames: u64,
    /// Of these, without need of any before.
    pub keys: u64,
    /// Encoded, without the transport's own.
    pub bytes: u64,
    /// Gaps beyond [`FREEZE`].
    pub freezes: u64,
    /// Packets, since the connection began.
    pub losses: Losses,
    longest: Duration,
    bins: Vec<u32>,
}

impl Default for Arrivals {
    fn default() -> Self {
        Self {
            since: None,
            last: None,
            frames: 0,
            keys: 0,
            bytes: 0,
            freezes: 0,
            losses: Losses::default(),
            longest: Duration::ZERO,
            bins: vec![0; BINS],
        }
    }
}

impl Arrivals {
    /// A new account from `now` on; the gap that is open goes on in it.
    pub fn restart(&mut self, now: Instant) {
        let (since, last, losses) = (self.last.map(|_| (now, false)), self.last, self.losses);
        *self = Self { since, last, losses, ..Self::default() };
    }

    /// Counts a picture.
    pub fn count(&mut self, unit: &AccessUnit) {
        self.losses = unit.losses;
        self.add(unit.arrived, unit.data.len(), unit.key);
    }

    /// Counts a picture of `bytes` bytes that came at `at`.
    pub fn add(&mut self, at: Instant, bytes: usize, key: bool) {
        self.since.get_or_insert((at, true));
        self.frames += 1;
        self.keys += u64::from(key);
        self.bytes += bytes as u64;
        if let Some(last) = self.last.replace(at) {
            self.gap(at.saturating_duration_since(last));
        }
    }

    /// Closes the account at `now`: a gap that is still open counts if it is a freeze by now.
    pub fn finish(&mut self, now: Instant) {
        if let Some(open) = self.last.map(|last| now.saturating_duration_since(last))
            && open > FREEZE
        {
            self.gap(open);
        }
    }

    fn gap(&mut self, gap: Duration) {
        self.longest = self.longest.max(gap);
        self.freezes += u64::from(gap > FREEZE);
        let bin = (gap.as_nanos() / BIN.as_nanos()) as usize;
        self.bins[bin.min(BINS - 1)] += 1;
    }

    /// The longest gap; zero without any.
    #[must_use]
    pub fn longest(&self) -> Duration {
        self.longest
    }

    /// The gap that `share` (0 to 1) of all gaps do not exceed, to half a millisecond; `None` without any.
    #[must_use]
    pub fn percentile(&self, share: f64) -> Option<Duration> {
        let count: u64 = self.bins.iter().map(|count| u64::from(*count)).sum();
        let rank = (share.clamp(0.0, 1.0) * count as f64).ceil().max(1.0) as u64;
        let mut sum = 0;
        let bin = self.bins.iter().position(|count| {
            sum += u64::from(*count);
            sum >= rank
        })?;
        let upper = if bin + 1 == BINS { self.longest } else { BIN * (bin as u32 + 1) };
        Some(upper.min(self.longest))
    }

    /// Pictures a second up to `now`.
    #[must_use]
    pub fn fps(&self, now: Instant) -> f64 {
        let opening = self.since.is_some_and(|(_, by_picture)| by_picture);
        self.rate(self.frames.saturating_sub(u64::from(opening)) as f64, now)
    }

    /// Megabits a second up to `now`.
    #[must_use]
    pub fn mbps(&self, now: Instant) -> f64 {
        self.rate(self.bytes as f64 * 8e-6, now)
    }

    fn rate(&self, count: f64, now: Instant) -> f64 {
        let since = self.since.map_or(now, |(since, _)| since);
        let secs = now.saturating_duration_since(since).as_secs_f64();
        if secs > 0.0 { count / secs } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn rates_and_gaps_of_an_even_stream() {
        let (mut arrivals, start) = (Arrivals::default(), Instant::now());
        for frame in 0..=100 {
            arrivals.add(start + ms(20) * frame, 1000, frame == 0);
        }
        let end = start + ms(2000);
        arrivals.finish(end);
        assert_eq!((arrivals.frames, arrivals.keys, arrivals.freezes), (101, 1, 0));
        assert!((arrivals.fps(end) - 50.0).abs() < 1e-9);
        assert!((arrivals.mbps(end) - 0.404).abs() < 1e-9);
        assert_eq!([arrivals.percentile(0.5), arrivals.percentile(1.0)], [Some(ms(20)); 2]);
    }

    #[test]
    fn percentiles_tell_the_slow_few_from_the_many() {
        let (mut arrivals, mut at) = (Arrivals::default(), Instant::now());
        for gap in (0..98).map(|_| 16).chain([100, 501, 5000]) {
            arrivals.add(at, 1, false);
            at += ms(gap);
        }
        arrivals.add(at, 1, false);
        let percentile = |share| arrivals.percentile(share).unwrap();
        assert!((ms(16)..=ms(17)).contains(&percentile(0.5)), "{:?}", percentile(0.5));
        assert!((ms(100)..=ms(101)).contains(&percentile(0.975)));
        assert_eq!((percentile(1.0), arrivals.longest(), arrivals.freezes), (ms(5000), ms(5000), 2));
    }

    #[test]
    fn a_stream_that_stops_for_good_has_frozen() {
        let (mut arrivals, start) = (Arrivals::default(), Instant::now());
        arrivals.add(start, 1, true);
        arrivals.finish(start + ms(3000));
        assert_eq!((arrivals.freezes, arrivals.longest()), (1, ms(3000)));
    }

    #[test]
    fn a_gap_goes_on_across_a_restart() {
        let (mut arrivals, start) = (Arrivals::default(), Instant::now());
        arrivals.add(start, 1, true);
        arrivals.restart(start + ms(500));
        arrivals.add(start + ms(900), 1, false);
        assert_eq!((arrivals.frames, arrivals.longest(), arrivals.freezes), (1, ms(900), 1));
        assert!((arrivals.fps(start + ms(1500)) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn nothing_has_no_figures() {
        let arrivals = Arrivals::default();
        assert_eq!((arrivals.percentile(0.5), arrivals.fps(Instant::now())), (None, 0.0));
    }
}
