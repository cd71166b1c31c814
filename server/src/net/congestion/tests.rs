//! Each kind of bad network, simulated, with what a viewer must get through it.

use super::link::{Conditions, GOOD, Outcome, Source, run};

const SEEDS: std::ops::Range<u64> = 1..5;
const MOVING: Source = Source { most_bps: 8e6, fps: 30.0, still: 0.0..0.0 };

fn each_seed(ms: usize, source: &Source, on: impl Fn(f64) -> Conditions, check: impl Fn(&Outcome)) {
    for seed in SEEDS {
        let outcome = run(seed, ms, source, &on);
        println!("seed {seed}: {} pictures, {} keys", outcome.shown.len(), outcome.keys);
        check(&outcome);
    }
}

#[test]
fn a_good_link_is_never_limited_or_probed() {
    each_seed(
        10_000,
        &MOVING,
        |_| GOOD,
        |outcome| {
            assert!(outcome.samples.iter().all(|(_, limit, _)| limit.is_none()));
            assert!(outcome.fps(0.0, 10_000.0) > 29.5);
            assert!(outcome.bytes as f64 * 8.0 < 1.1 * 80e6, "nothing but the picture: {}", outcome.bytes);
            assert_eq!(outcome.keys, 1);
        },
    );
}

#[test]
fn five_per_cent_of_independent_loss() {
    let on = |_| Conditions { loss: 0.05, delay: 50.0, bps: 20e6, ..GOOD };
    each_seed(60_000, &MOVING, on, |outcome| {
        let gaps = outcome.gaps(1000.0, 60_000.0);
        println!(
            "{:.1} fps, longest gap {:.0}, limit {:.1} Mbps",
            outcome.fps(1000.0, 60_000.0),
            gaps[0],
            outcome.mean_limit(0.0, 60_000.0, 10e6) / 1e6
        );
        assert!(outcome.fps(1000.0, 60_000.0) >= 27.0);
        assert!(gaps[0] <= 500.0, "{:?}", &gaps[..5]);
        assert!(outcome.mean_limit(0.0, 60_000.0, 10e6) > 6e6, "the rate holds");
    });
}

#[test]
fn five_per_cent_of_loss_in_bursts_of_four() {
    let on = |_| Conditions { loss: 0.05, burst: 4.0, delay: 20.0, bps: 20e6, ..GOOD };
    each_seed(60_000, &MOVING, on, |outcome| {
        let gaps = outcome.gaps(1000.0, 60_000.0);
        println!(
            "{:.1} fps, longest gap {:.0}, limit {:.1} Mbps",
            outcome.fps(1000.0, 60_000.0),
            gaps[0],
            outcome.mean_limit(0.0, 60_000.0, 10e6) / 1e6
        );
        assert!(outcome.fps(1000.0, 60_000.0) >= 25.0);
        assert!(gaps[0] <= 1000.0 && gaps.iter().filter(|gap| **gap > 500.0).count() <= 2);
        assert!(outcome.mean_limit(0.0, 60_000.0, 10e6) > 6e6, "the rate holds");
    });
}

#[test]
fn jitter_with_reordering() {
    let on = |_| Conditions { delay: 40.0, jitter: 20.0, bps: 20e6, ..GOOD };
    each_seed(60_000, &MOVING, on, |outcome| {
        println!(
            "{:.1} fps, limit {:.1} Mbps",
            outcome.fps(1000.0, 60_000.0),
            outcome.mean_limit(0.0, 60_000.0, 10e6) / 1e6
        );
        assert!(outcome.fps(1000.0, 60_000.0) >= 28.0);
        assert!(outcome.mean_limit(0.0, 60_000.0, 10e6) > 6e6, "the rate holds");
    });
}

#[test]
fn eight_megabits_then_half_of_one_then_eight() {
    // The first is a queue of five packets, which a keyframe alone overflows; the last takes seconds to run empty.
    for (queue, smooth_ms) in [(100.0, 750.0), (300.0, 500.0), (2000.0, 750.0)] {
        let on = move |at: f64| {
            let bps = if (10_000.0..30_000.0).contains(&at) { 0.5e6 } else { 8e6 };
            Conditions { bps, queue, delay: 20.0, ..GOOD }
        };
        let source = Source { most_bps: 6.5e6, ..MOVING };
        each_seed(50_000, &source, on, |outcome| {
            let smooth = outcome.gaps(12_000.0, 30_000.0);
            let full = outcome.reaches(30_000.0, 0.9 * 8e6).map(|at| at - 30_000.0);
            println!(
                "queue {queue}: low {:.2} Mbps, {:.1} fps, gaps {:.0?}, waiting after 3 s {:.0}, 90 % after {full:?}",
                outcome.mean_limit(13_000.0, 30_000.0, 10e6) / 1e6,
                outcome.fps(12_000.0, 30_000.0),
                &smooth[..3],
                outcome.longest_queue(13_000.0, 30_000.0),
            );
            assert!(smooth[0] <= smooth_ms, "smooth two seconds after the fall");
            assert!(outcome.longest_queue(13_000.0, 30_000.0) <= 400.0);
            assert!(outcome.mean_limit(13_000.0, 30_000.0, 10e6) > 0.3e6, "the link is used");
            assert!(full.is_some_and(|ms| ms <= 9_000.0));
            assert!(outcome.fps(2000.0, 9_000.0) >= 27.0 && outcome.fps(42_000.0, 50_000.0) >= 27.0);
        });
    }
}

#[test]
fn a_hundred_and_fifty_kilobits() {
    let on = |_| Conditions { bps: 150e3, delay: 100.0, ..GOOD };
    each_seed(60_000, &MOVING, on, |outcome| {
        println!(
            "{:.1} fps, gaps {:.0?}, {:.0} kbps, queue {:.0}, 95 % {:.0}",
            outcome.fps(10_000.0, 60_000.0),
            &outcome.gaps(10_000.0, 60_000.0)[..3],
            outcome.mean_limit(10_000.0, 60_000.0, 10e6) / 1e3,
            outcome.longest_queue(10_000.0, 60_000.0),
            outcome.queue_p95(10_000.0, 60_000.0),
        );
        assert!(outcome.fps(10_000.0, 60_000.0) >= 5.0);
        assert!(outcome.queue_p95(10_000.0, 60_000.0) <= 250.0, "answers wait in it too");
        assert!(outcome.mean_limit(10_000.0, 60_000.0, 10e6) > 75e3, "the link is used");
        assert!(outcome.gaps(10_000.0, 60_000.0)[0] < 1500.0);
    });
}

#[test]
fn blackouts() {
    for (secs, most) in [(3.0, 500.0), (12.0, 1000.0), (25.0, 5000.0)] {
        let end = 5000.0 + secs * 1000.0;
        let on = move |at: f64| Conditions {
            is_down: (5000.0..end).contains(&at),
            bps: 20e6,
            delay: 20.0,
            ..GOOD
        };
        each_seed(end as usize + 10_000, &MOVING, on, |outcome| {
            let back = outcome.shown.iter().find(|at| **at >= end).map(|at| at - end);
            println!("{secs} s: picture after {back:?}");
            assert!(back.is_some_and(|ms| ms <= most));
            assert!(outcome.fps(end + 500.0, end + 10_000.0) >= 27.0);
            assert!(outcome.mean_limit(end + 500.0, end + 10_000.0, 10e6) > 7e6, "the estimate survived");
        });
    }
}

#[test]
fn a_still_picture_neither_raises_nor_lowers_the_estimate() {
    let on = |_| Conditions { bps: 3e6, delay: 20.0, ..GOOD };
    let source = Source { still: 15_000.0..45_000.0, ..MOVING };
    each_seed(55_000, &source, on, |outcome| {
        let (before, after) =
            (outcome.mean_limit(12_000.0, 15_000.0, 10e6), outcome.mean_limit(16_000.0, 45_000.0, 10e6));
        println!("{:.2} Mbps before, {:.2} while still", before / 1e6, after / 1e6);
        assert!((0.8..1.25).contains(&(after / before)));
        assert!((2e6..3.6e6).contains(&before));
        assert!(outcome.fps(46_000.0, 55_000.0) >= 27.0);
        assert!(outcome.longest_queue(46_000.0, 55_000.0) <= 300.0);
    });
}

#[test]
fn a_longer_way_is_no_queue_for_long() {
    let on = |at: f64| Conditions { delay: if at < 10_000.0 { 20.0 } else { 90.0 }, bps: 20e6, ..GOOD };
    each_seed(40_000, &MOVING, on, |outcome| {
        println!("{:.1} Mbps at last", outcome.mean_limit(30_000.0, 40_000.0, 10e6) / 1e6);
        assert!(outcome.mean_limit(30_000.0, 40_000.0, 10e6) > 7e6);
        assert!(outcome.fps(11_000.0, 40_000.0) >= 27.0);
    });
}

#[test]
fn a_steady_narrow_link_is_used_and_not_filled() {
    let on = |_| Conditions { bps: 2e6, queue: 1000.0, delay: 30.0, ..GOOD };
    each_seed(60_000, &MOVING, on, |outcome| {
        println!(
            "{:.2} Mbps, {:.1} fps, queue {:.0}",
            outcome.mean_limit(5_000.0, 60_000.0, 10e6) / 1e6,
            outcome.fps(5_000.0, 60_000.0),
            outcome.longest_queue(5_000.0, 60_000.0)
        );
        assert!(outcome.mean_limit(5_000.0, 60_000.0, 10e6) > 1.3e6);
        assert!(outcome.longest_queue(5_000.0, 60_000.0) <= 400.0);
        assert!(outcome.fps(5_000.0, 60_000.0) >= 27.0);
    });
}
