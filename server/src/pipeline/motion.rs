//! How many pixels a moving picture gets: all, or a quarter of them where the machine does not keep up.
//!
//! A hand that drags wants the next picture soon more than it wants it sharp. So if drawing takes much longer than a
//! frame may, moving pictures are drawn at half their size and enlarged. Pure: times come in as numbers.

use std::time::Duration;

/// Whole pictures that take longer than this are halved.
const SLOW: Duration = Duration::from_millis(26);
/// Halved pictures that take less than this are drawn whole again: whole ones take at most four times as long.
const FAST: Duration = Duration::from_millis(5);
/// Pictures before a judgement.
const TRIAL: u32 = 6;
/// A half must take at most this share of the whole's time, or the time goes elsewhere and sharpness is lost for nothing.
const WORTH: f64 = 0.8;
/// Whole pictures that a half which was not worth it is followed by.
const PATIENCE: u32 = 240;

/// Chooses the size of moving pictures.
#[derive(Debug, Default)]
pub struct Motion {
    is_halved: bool,
    /// Mean time of a picture at this size, in seconds.
    mean: f64,
    /// Pictures at this size; the first one pays for its memory and is not in the mean.
    count: u32,
    /// The mean of whole pictures, while halves are on trial.
    whole: Option<f64>,
    /// Whole pictures until the next trial.
    wait: u32,
}

impl Motion {
    /// Columns and rows of the next moving picture, for a picture of `full`: that, or half of it if that is even too.
    #[must_use]
    pub fn size(&self, full: [u32; 2]) -> [u32; 2] {
        let can_halve = full.iter().all(|side| side % 4 == 0 && *side >= 64);
        if self.is_halved && can_halve { full.map(|side| side / 2) } else { full }
    }

    /// A moving picture took so long to draw.
    pub fn drew(&mut self, took: Duration) {
        let counted = self.count;
        self.count += 1;
        self.wait = self.wait.saturating_sub(1);
        if counted == 0 {
            return;
        }
        // A running mean over about eight pictures; the first ones weigh in fully.
        self.mean += (took.as_secs_f64() - self.mean) / f64::from(counted.min(8));
        if counted < TRIAL {
            return;
        }
        if self.is_halved {
            let is_futile = self.whole.take().is_some_and(|whole| self.mean > whole * WORTH);
            if is_futile {
                self.wait = PATIENCE;
            }
            if is_futile || self.mean < FAST.as_secs_f64() {
                self.go(false);
            }
        } else if self.wait == 0 && self.mean > SLOW.as_secs_f64() {
            self.whole = Some(self.mean);
            self.go(true);
        }
    }

    fn go(&mut self, is_halved: bool) {
        self.is_halved = is_halved;
        self.count = 0;
        self.mean = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: [u32; 2] = [1280, 720];

    /// Draws pictures that take `fixed` milliseconds and `whole` more at full size; the size in the end.
    fn settle(motion: &mut Motion, fixed: f64, whole: f64, pictures: u32) -> [u32; 2] {
        for _ in 0..pictures {
            let [columns, rows] = motion.size(FULL);
            let share = f64::from(columns * rows) / f64::from(FULL[0] * FULL[1]);
            motion.drew(Duration::from_secs_f64((fixed + whole * share) / 1000.0));
        }
        motion.size(FULL)
    }

    #[test]
    fn a_fast_machine_draws_every_pixel() {
        assert_eq!(settle(&mut Motion::default(), 2.0, 15.0, 100), FULL);
    }

    #[test]
    fn a_slow_one_draws_a_quarter_of_them() {
        assert_eq!(settle(&mut Motion::default(), 2.0, 40.0, 100), [640, 360]);
    }

    #[test]
    fn pixels_come_back_when_there_is_time_again() {
        let mut motion = Motion::default();
        settle(&mut motion, 2.0, 120.0, 100);
        assert_eq!(settle(&mut motion, 1.0, 10.0, 100), FULL);
    }

    #[test]
    fn where_pixels_are_not_what_takes_time_they_stay() {
        let mut motion = Motion::default();
        settle(&mut motion, 60.0, 3.0, 20);
        assert_eq!(motion.size(FULL), FULL, "tried and taken back");
        let sizes: Vec<_> = (0..200).map(|_| settle(&mut motion, 60.0, 3.0, 1)).collect();
        assert!(sizes.iter().all(|size| *size == FULL), "and not tried again at once");
    }

    #[test]
    fn what_has_no_even_half_is_drawn_whole() {
        let mut motion = Motion::default();
        settle(&mut motion, 0.0, 900.0, 100);
        for full in [[390, 844], [1280, 722], [32, 32]] {
            assert_eq!(motion.size(full), full);
        }
    }
}
