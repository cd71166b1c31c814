//! What the links of a stream's viewers carry: each viewer writes its own figure, the encode thread reads all.
//!
//! Nobody waits for anybody: the figures are atomic and have their seats for as long as their viewers read the stream.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::rung::USEFUL;

/// Viewers of one stream whose links are looked at; one more is not.
const SEATS: usize = 256;
/// Nobody sits here.
const FREE: u32 = 0;
/// Somebody whose link has carried everything so far.
const UNBOUND: u32 = u32::MAX;

/// All figures of one stream.
pub struct Bounds(Arc<[AtomicU32]>);

impl Default for Bounds {
    fn default() -> Self {
        Self((0..SEATS).map(|_| AtomicU32::new(FREE)).collect())
    }
}

impl Bounds {
    /// A seat of one's own; `None` if all are taken.
    pub fn take(&self) -> Option<Seat> {
        let is_taken = |seat: &AtomicU32| {
            seat.compare_exchange(FREE, UNBOUND, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        };
        let index = self.0.iter().position(is_taken)?;
        Some(Seat { all: self.0.clone(), index })
    }

    /// The lowest figure that is worth following, in bits a second: viewers whose links carry much less than the best
    /// one's are left to skip pictures. `None` if nobody is bound below `most_bps`, what the stream takes at most.
    #[must_use]
    pub fn lowest_useful(&self, most_bps: f64) -> Option<f64> {
        let best = self.best(most_bps)?;
        let lowest = self.figures(most_bps).filter(|bps| *bps >= USEFUL * best).min_by(f64::total_cmp)?;
        (lowest < most_bps).then_some(lowest)
    }

    /// What the best link carries, `most_bps` at most; `None` without viewers.
    #[must_use]
    pub fn best(&self, most_bps: f64) -> Option<f64> {
        self.figures(most_bps).max_by(f64::total_cmp)
    }

    fn figures(&self, most_bps: f64) -> impl Iterator<Item = f64> {
        let taken = self.0.iter().map(|seat| seat.load(Ordering::Relaxed)).filter(|bps| *bps != FREE);
        taken.map(move |bps| f64::from(bps).min(most_bps))
    }
}

/// One viewer's figure; free again when dropped.
pub struct Seat {
    all: Arc<[AtomicU32]>,
    index: usize,
}

impl Seat {
    /// The link carries so many bits a second; `None` while it has carried everything.
    pub fn set(&self, bps: Option<f64>) {
        if let Some(seat) = self.all.get(self.index) {
            let figure = bps.map_or(UNBOUND, |bps| bps.clamp(1.0, f64::from(UNBOUND - 1)) as u32);
            seat.store(figure, Ordering::Relaxed);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(seat) = self.all.get(self.index) {
            seat.store(FREE, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: f64 = 8e6;

    fn seats(bounds: &Bounds, figures: &[Option<f64>]) -> Vec<Seat> {
        let seated = |figure: &Option<f64>| {
            let seat = bounds.take().expect("there is room");
            seat.set(*figure);
            seat
        };
        figures.iter().map(seated).collect()
    }

    #[test]
    fn the_lowest_bounds_all_unless_it_is_much_lower() {
        let cases: [(&[Option<f64>], Option<f64>); 6] = [
            (&[], None),
            (&[None, None], None),
            (&[Some(1e5)], Some(1e5)),
            (&[Some(5e6), None], Some(5e6)),
            (&[Some(1e6), None], None),
            (&[Some(1e6), Some(1.5e6), Some(1e5)], Some(1e6)),
        ];
        for (figures, lowest) in cases {
            let bounds = Bounds::default();
            let _seats = seats(&bounds, figures);
            assert_eq!(bounds.lowest_useful(MOST), lowest, "{figures:?}");
        }
    }

    #[test]
    fn who_leaves_bounds_nobody_and_frees_the_seat() {
        let bounds = Bounds::default();
        let mut all = seats(&bounds, &[Some(5e6); SEATS]);
        assert!(bounds.take().is_none());
        all.truncate(1);
        assert!(bounds.take().is_some());
        all.clear();
        assert_eq!(bounds.lowest_useful(MOST), None);
    }
}
