//! Which of a view's renditions one viewer gets: the best that its link holds.
//!
//! All renditions but the first exist for viewers whose links carry much less than those of others: each rendition
//! follows its own viewers' links. Pure: time and what links carry in, a choice out.

use std::time::{Duration, Instant};

/// A link that carries less than this share of what the best one of its rendition does holds nobody else up: it goes to
/// the next rendition.
pub const USEFUL: f64 = 0.5;
/// And comes back when it carries this share of the best one there.
const RETURN: f64 = 0.65;
/// How long a link must be so much worse.
const DOWN_AFTER: Duration = Duration::from_millis(500);
/// How long it must be good enough again.
const UP_AFTER: Duration = Duration::from_secs(5);
/// How long a better rendition must have no viewer, before one moves there to follow alone.
const ALONE_AFTER: Duration = Duration::from_secs(1);

/// One viewer's rendition.
#[derive(Debug, Default)]
pub struct Rung {
    at: usize,
    /// Another one would be right, and since when.
    other: Option<(usize, Instant)>,
}

impl Rung {
    /// The rendition, the best being 0.
    #[must_use]
    pub fn at(&self) -> usize {
        self.at
    }

    /// Begins again at the best one.
    pub fn start_over(&mut self) {
        *self = Self::default();
    }

    /// Whether another one is right now: with a link that carries `own_bps`, where `best_of` says what the best link of
    /// each rendition's viewers carries (`None` without viewers), for `count` renditions. Figures are capped by what a
    /// stream takes at most.
    pub fn choose(
        &mut self,
        now: Instant,
        own_bps: f64,
        count: usize,
        best_of: impl Fn(usize) -> Option<f64>,
    ) -> bool {
        let better = self.at.checked_sub(1).map(|above| (above, best_of(above)));
        let (wanted, after) = match better {
            Some((above, None)) => (above, ALONE_AFTER),
            Some((above, Some(best))) if own_bps >= RETURN * best => (above, UP_AFTER),
            Some(_) | None => {
                let is_held_up = best_of(self.at).is_some_and(|best| own_bps < USEFUL * best);
                if !is_held_up || self.at + 1 >= count {
                    self.other = None;
                    return false;
                }
                (self.at + 1, DOWN_AFTER)
            }
        };
        let since = match self.other {
            Some((other, since)) if other == wanted => since,
            Some(_) | None => now,
        };
        self.other = Some((wanted, since));
        let is_time = now >= since + after;
        if is_time {
            (self.at, self.other) = (wanted, None);
        }
        is_time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Viewers with these links, settled among so many renditions; where each ends up.
    fn settle(links: &[f64], count: usize) -> Vec<usize> {
        let start = Instant::now();
        let mut rungs: Vec<Rung> = links.iter().map(|_| Rung::default()).collect();
        for tick in 0..600 {
            let now = start + Duration::from_millis(tick * 50);
            for index in 0..links.len() {
                let at: Vec<usize> = rungs.iter().map(Rung::at).collect();
                let best = |rung: usize| {
                    let there = links.iter().zip(&at).filter(|(_, at)| **at == rung).map(|(bps, _)| *bps);
                    there.max_by(f64::total_cmp)
                };
                rungs[index].choose(now, links[index], count, best);
            }
        }
        rungs.iter().map(Rung::at).collect()
    }

    #[test]
    fn each_gets_the_best_that_its_link_holds() {
        assert_eq!(settle(&[8e6, 8e6, 6e6], 2), [0, 0, 0], "near enough to share");
        assert_eq!(settle(&[8e6, 1e6], 2), [0, 1]);
        assert_eq!(settle(&[8e6, 1e6, 0.1e6], 3), [0, 1, 2]);
        assert_eq!(settle(&[8e6, 1e6, 0.1e6], 2), [0, 1, 1], "no more renditions than there may be");
        assert_eq!(settle(&[8e6, 1e6], 1), [0, 0]);
    }

    #[test]
    fn who_is_alone_has_the_best_one_to_itself() {
        assert_eq!(settle(&[0.2e6], 3), [0]);
        let (mut rung, start) = (Rung { at: 1, other: None }, Instant::now());
        assert!(!rung.choose(start, 1e6, 2, |_| None));
        assert!(rung.choose(start + ALONE_AFTER, 1e6, 2, |_| None));
        assert_eq!(rung.at(), 0);
    }

    #[test]
    fn a_short_dip_changes_nothing() {
        let (mut rung, start) = (Rung::default(), Instant::now());
        let ms = |ms: u64| start + Duration::from_millis(ms);
        let best = |_| Some(8e6);
        assert!(!rung.choose(ms(0), 1e6, 2, best));
        assert!(!rung.choose(ms(400), 1e6, 2, best));
        assert!(!rung.choose(ms(450), 8e6, 2, best));
        assert!(!rung.choose(ms(600), 1e6, 2, best));
        assert!(rung.choose(ms(1100), 1e6, 2, best));
    }

    #[test]
    fn a_link_that_got_better_comes_back_after_a_while_and_stays() {
        let (mut rung, start) = (Rung { at: 1, other: None }, Instant::now());
        let best = |at: usize| Some(if at == 0 { 8e6 } else { 5.5e6 });
        assert!(!rung.choose(start, 5.5e6, 2, best));
        assert!(rung.choose(start + UP_AFTER, 5.5e6, 2, best));
        for secs in 6..60 {
            assert!(!rung.choose(start + Duration::from_secs(secs), 5.5e6, 2, best), "{secs} s");
        }
    }
}
