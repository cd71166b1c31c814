//! What a stream is made of where a link bounds it: first fewer bits, then fewer pictures, then smaller ones.
//!
//! Pure: the bound and the time in, a rendition out. Bits follow at once. Pictures become fewer at once and more only
//! when there is room to spare; their size changes rarely, for every change costs a keyframe.

use std::time::{Duration, Instant};

use telestage_media::Rendition;

/// Share of what a link carries that pictures get: the rest is packet headers, repeated packets and messages.
pub const SHARE: f64 = 0.85;
/// And on a link that carries less than so many bits a second, messages and headers weigh more: pictures get this share.
const NARROW_BPS: f64 = 300_000.0;
const NARROW_SHARE: f64 = 0.65;
/// Fewer bits for a pixel of a moving picture look worse than fewer pictures.
const BITS_PER_PIXEL: f64 = 0.02;
/// Fewer pictures a second than these look worse than smaller ones; and fewer than the second are none.
const FPS_LEAST: [f32; 2] = [10.0, 5.0];
/// The rate is divided by one of these.
const DIVISORS: [f32; 8] = [1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0];
/// Sides are halved so often at most, and are not shorter than this afterwards.
const HALVINGS_MAX: u32 = 2;
const SIDE_LEAST: u32 = 90;
/// How much more there must be than a better step needs.
const ROOM: f64 = 1.3;
/// A smaller size must be needed for so long, and a larger one be possible for so long.
const SHRINK_AFTER: Duration = Duration::from_millis(500);
const GROW_AFTER: Duration = Duration::from_secs(4);
/// No stream gets less, in bits a second.
const LEAST_BPS: f64 = 30_000.0;

/// Where on the ladder a stream is.
#[derive(Debug, Default)]
pub struct Ladder {
    halvings: u32,
    divisor: Option<f32>,
    /// Since when another size would be right.
    other_size_since: Option<Instant>,
}

impl Ladder {
    /// What to make of a stream that would be `full` now that its links carry `bound_bps`; `None` if they carry it all.
    pub fn step(&mut self, now: Instant, full: &Rendition, bound_bps: Option<f64>) -> Rendition {
        let most = f64::from(full.bitrate_bps);
        let share = |bound: f64| if bound < NARROW_BPS { NARROW_SHARE } else { SHARE };
        let bitrate = bound_bps.map_or(most, |bound| (share(bound) * bound).clamp(LEAST_BPS.min(most), most));
        // Where no link bounds it, the stream is what was asked for, however few bits that are.
        let bps = bound_bps.map_or(f64::INFINITY, |_| bitrate);
        self.halvings = self.halvings.min(halvings_most(full.size));
        self.resize(now, full, bps);
        let size = halved(full.size, self.halvings);
        // A better rate than now needs room to spare.
        let better = |divisor: f32| self.divisor.is_some_and(|now| divisor < now);
        let enough =
            |divisor: f32| bps >= need(size, full.fps / divisor) * if better(divisor) { ROOM } else { 1.0 };
        let least = if self.halvings == halvings_most(full.size) { FPS_LEAST[1] } else { FPS_LEAST[0] };
        let allowed = || divisors(full.fps, least);
        let divisor = allowed().find(|divisor| enough(*divisor)).or(allowed().last()).unwrap_or(1.0);
        self.divisor = Some(divisor);
        Rendition { size, fps: full.fps / divisor, bitrate_bps: bitrate as u32 }
    }

    /// Sizes change one halving at a time, when they have been wrong for long enough.
    fn resize(&mut self, now: Instant, full: &Rendition, bps: f64) {
        let slowest = divisors(full.fps, FPS_LEAST[0]).last().unwrap_or(1.0);
        let carries =
            |halvings: u32, room: f64| bps >= room * need(halved(full.size, halvings), full.fps / slowest);
        let (wanted, after) = if !carries(self.halvings, 1.0) && self.halvings < halvings_most(full.size) {
            (self.halvings + 1, SHRINK_AFTER)
        } else if self.halvings > 0 && carries(self.halvings - 1, ROOM) {
            (self.halvings - 1, GROW_AFTER)
        } else {
            self.other_size_since = None;
            return;
        };
        let since = *self.other_size_since.get_or_insert(now);
        if now >= since + after {
            self.halvings = wanted;
            self.divisor = None;
            self.other_size_since = None;
        }
    }
}

/// Bits a second below which pictures of that size and rate look bad.
fn need(size: [u32; 2], fps: f32) -> f64 {
    f64::from(size[0]) * f64::from(size[1]) * f64::from(fps) * BITS_PER_PIXEL
}

/// Divisors of a rate that leave `least`, the smallest first; the rate itself always.
fn divisors(fps: f32, least: f32) -> impl Iterator<Item = f32> {
    DIVISORS.into_iter().filter(move |divisor| *divisor == 1.0 || fps / divisor >= least)
}

fn halved(size: [u32; 2], halvings: u32) -> [u32; 2] {
    size.map(|side| if halvings == 0 { side } else { (side >> halvings) & !1 })
}

fn halvings_most(size: [u32; 2]) -> u32 {
    let short = size[0].min(size[1]);
    (0..=HALVINGS_MAX)
        .take_while(|halvings| *halvings == 0 || short >> halvings >= SIDE_LEAST)
        .last()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: Rendition = Rendition { size: [1280, 720], fps: 30.0, bitrate_bps: 8_000_000 };

    fn settled(ladder: &mut Ladder, start: Instant, secs: u64, bound: Option<f64>) -> Rendition {
        let mut rendition = FULL;
        for tick in 0..secs * 30 {
            rendition = ladder.step(start + Duration::from_millis(tick * 33), &FULL, bound);
        }
        rendition
    }

    #[test]
    fn bits_go_first_then_pictures_then_pixels() {
        let start = Instant::now();
        let mut seen = Vec::new();
        for bound in [None, Some(2e6), Some(500e3), Some(300e3), Some(150e3), Some(60e3)] {
            let Rendition { size, fps, .. } = settled(&mut Ladder::default(), start, 5, bound);
            seen.push((size, fps));
        }
        assert_eq!(
            seen,
            [
                ([1280, 720], 30.0),
                ([1280, 720], 30.0),
                ([1280, 720], 15.0),
                ([1280, 720], 10.0),
                ([640, 360], 15.0),
                ([320, 180], 30.0),
            ]
        );
    }

    #[test]
    fn the_narrowest_link_still_gets_small_pictures() {
        let rendition = settled(&mut Ladder::default(), Instant::now(), 5, Some(20e3));
        assert_eq!(rendition, Rendition { size: [320, 180], fps: 15.0, bitrate_bps: 30_000 });
    }

    #[test]
    fn bits_follow_at_once_and_sizes_wait() {
        let (mut ladder, start) = (Ladder::default(), Instant::now());
        let ms = |ms: u64| start + Duration::from_millis(ms);
        let sudden = ladder.step(start, &FULL, Some(150e3));
        assert_eq!((sudden.size, sudden.fps, sudden.bitrate_bps), (FULL.size, 10.0, 97_500));
        assert_eq!(ladder.step(ms(400), &FULL, Some(150e3)).size, FULL.size);
        assert_eq!(ladder.step(ms(500), &FULL, Some(150e3)).size, [640, 360]);
        let back = ladder.step(ms(600), &FULL, None);
        assert_eq!((back.size, back.fps, back.bitrate_bps), ([640, 360], 30.0, 8_000_000));
        assert_eq!(ladder.step(ms(4500), &FULL, None).size, [640, 360]);
        assert_eq!(ladder.step(ms(4700), &FULL, None).size, FULL.size);
    }

    #[test]
    fn a_bound_that_wavers_changes_nothing_back_and_forth() {
        let (mut ladder, start) = (Ladder::default(), Instant::now());
        let mut changes = 0;
        let mut last = ladder.step(start, &FULL, Some(650e3));
        for tick in 1..3000_u64 {
            let bound = 650e3 * (1.0 + 0.08 * f64::from((tick % 7) as u32) / 7.0 - 0.04);
            let next = ladder.step(start + Duration::from_millis(tick * 33), &FULL, Some(bound));
            changes += u32::from((next.size, next.fps) != (last.size, last.fps));
            last = next;
        }
        assert!(changes <= 1, "{changes}");
    }

    #[test]
    fn a_stream_that_was_asked_for_with_few_bits_is_made_so() {
        let poor = Rendition { bitrate_bps: 200_000, ..FULL };
        let mut ladder = Ladder::default();
        for tick in 0..100 {
            let now = Instant::now() + Duration::from_millis(tick * 100);
            assert_eq!(ladder.step(now, &poor, None), poor);
        }
    }

    #[test]
    fn small_and_slow_streams_have_fewer_steps() {
        let tiny = Rendition { size: [64, 64], fps: 5.0, bitrate_bps: 100_000 };
        let mut ladder = Ladder::default();
        for tick in 0..100 {
            let now = Instant::now() + Duration::from_millis(tick * 100);
            let step = ladder.step(now, &tiny, Some(1.0));
            assert_eq!((step.size, step.fps), ([64, 64], 5.0));
        }
    }
}
