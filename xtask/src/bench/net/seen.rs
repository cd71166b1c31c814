//! What one viewer saw, as `bad_link` tells it: pictures, answers and the link's queue over time.

use serde_json::Value;

/// One viewer's record; times in milliseconds since the link's script began.
pub struct Seen {
    units: Vec<(f64, f64)>,
    answers: Vec<(f64, f64)>,
    queue: Vec<(f64, f64)>,
    /// When the server said that the network limits, and how wide the picture was then.
    limited: Vec<(f64, f64)>,
    /// The session ended before its time.
    pub is_over: bool,
}

impl Seen {
    /// Reads one viewer's part.
    pub fn read(viewer: &Value) -> Self {
        let pairs = |name: &str| {
            let list = viewer[name].as_array().map(Vec::as_slice).unwrap_or_default();
            list.iter().filter_map(|pair| Some((pair[0].as_f64()?, pair[1].as_f64()?))).collect()
        };
        Self {
            units: pairs("units"),
            answers: pairs("answers"),
            queue: pairs("queue"),
            limited: pairs("limited"),
            is_over: viewer["is_over"].as_bool().unwrap_or(true),
        }
    }

    /// The last moment that was watched.
    pub fn watched_until(&self) -> f64 {
        self.queue.last().map_or(2e3, |(at, _)| *at)
    }

    /// Pictures a second within a time.
    pub fn fps(&self, from: f64, to: f64) -> f64 {
        within(&self.units, from, to).count() as f64 * 1e3 / (to - from)
    }

    /// Bits a second within a time.
    pub fn bps(&self, from: f64, to: f64) -> f64 {
        within(&self.units, from, to).map(|(_, bytes)| bytes * 8.0).sum::<f64>() * 1e3 / (to - from)
    }

    /// Times without a picture, its ends included, the longest first.
    pub fn gaps(&self, from: f64, to: f64) -> Vec<f64> {
        let at: Vec<f64> = within(&self.units, from, to).map(|(at, _)| at).collect();
        let starts = std::iter::once(from).chain(at.iter().copied());
        let mut gaps: Vec<f64> = starts.zip(at.iter().copied().chain([to])).map(|(a, b)| b - a).collect();
        gaps.sort_by(|a, b| b.total_cmp(a));
        gaps
    }

    /// The longest of them.
    pub fn longest_gap(&self, from: f64, to: f64) -> f64 {
        self.gaps(from, to).first().copied().unwrap_or(to - from)
    }

    /// How long after `from` the first picture came; without end if none did.
    pub fn first_after(&self, from: f64) -> f64 {
        self.units.iter().find(|(at, _)| *at >= from).map_or(f64::INFINITY, |(at, _)| at - from)
    }

    /// How long after `from` the bits of a second reach `bps`; without end if they do not.
    pub fn reaches(&self, from: f64, to: f64, bps: f64) -> f64 {
        let tries = (0..).map(|step| f64::from(step) * 100.0).take_while(|wait| from + wait + 1e3 <= to);
        tries
            .into_iter()
            .find(|wait| self.bps(from + wait, from + wait + 1e3) >= bps)
            .map_or(f64::INFINITY, |wait| wait + 1e3)
    }

    /// The longest queue on the link.
    pub fn longest_queue(&self, from: f64, to: f64) -> f64 {
        within(&self.queue, from, to).map(|(_, queue)| queue).fold(0.0, f64::max)
    }

    /// The time within which 95 of 100 questions were answered.
    pub fn answers_p95(&self, from: f64, to: f64) -> f64 {
        let mut times: Vec<f64> = within(&self.answers, from, to).map(|(_, time)| time).collect();
        times.sort_by(f64::total_cmp);
        times.get((times.len() as f64 * 0.95) as usize).or(times.last()).copied().unwrap_or(f64::INFINITY)
    }

    /// The narrowest picture of which the server said that the network limits it; without end if it never did.
    pub fn narrowest(&self, from: f64, to: f64) -> f64 {
        within(&self.limited, from, to).map(|(_, width)| width).fold(f64::INFINITY, f64::min)
    }
}

fn within(list: &[(f64, f64)], from: f64, to: f64) -> impl Iterator<Item = (f64, f64)> {
    list.iter().copied().filter(move |(at, _)| (from..to).contains(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn seen() -> Seen {
        let units: Vec<_> =
            (0..100).filter(|n| !(40..50).contains(n)).map(|n| json!([n * 100, 1000, n == 0])).collect();
        Seen::read(&json!({
            "units": units, "answers": [[0, 20], [500, 40]], "queue": [[10, 3], [20, 9]],
            "limited": [[5, 640, 1e5]], "is_over": false,
        }))
    }

    #[test]
    fn figures_come_from_times() {
        let seen = seen();
        assert_eq!((seen.fps(0.0, 4000.0), seen.bps(0.0, 4000.0)), (10.0, 80_000.0));
        assert_eq!(seen.longest_gap(0.0, 10_000.0), 1100.0);
        assert_eq!(seen.first_after(4000.0), 1000.0);
        assert_eq!((seen.longest_queue(0.0, 100.0), seen.answers_p95(0.0, 1e3)), (9.0, 40.0));
        assert_eq!(seen.narrowest(0.0, 1e3), 640.0);
        assert_eq!(seen.reaches(4000.0, 9000.0, 79_000.0), 2000.0);
    }

    #[test]
    fn what_never_came_is_without_end() {
        let seen = Seen::read(&json!({}));
        assert!(
            seen.is_over && seen.first_after(0.0).is_infinite() && seen.answers_p95(0.0, 1.0).is_infinite()
        );
        assert_eq!(seen.longest_gap(0.0, 500.0), 500.0);
    }
}
