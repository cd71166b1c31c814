//! The bad networks, and what a viewer must get through each of them.

use serde_json::{Value, json};

use super::seen::Seen;
use crate::bench::want::Want;

/// One network.
pub struct Row {
    /// As the table names it; also the name of its file.
    pub name: &'static str,
    /// How long it is watched.
    pub secs: f64,
    /// One script for each viewer, as `bad_link` takes them.
    pub scripts: Vec<Value>,
    /// What is wanted of what was seen.
    pub wants: fn(&[Seen]) -> Vec<Want>,
}

fn least(what: &str, measured: f64, least: f64) -> Want {
    Want::least(what, Some(measured), least)
}

fn most(what: &str, measured: f64, most: f64) -> Want {
    Want::most(what, Some(measured), most)
}

/// All of them; a quick run shortens those that are watched for a minute.
pub fn all(is_quick: bool) -> Vec<Row> {
    let long = if is_quick { 20.0 } else { 60.0 };
    let mut rows = vec![
        Row {
            name: "5 % loss, 50 ms",
            secs: long,
            scripts: vec![json!([{"loss": 0.05, "delay_ms": 50}])],
            wants: |seen| {
                vec![
                    least("fps", seen[0].fps(1e3, seen[0].watched_until()), 27.0),
                    most("longest freeze, ms", seen[0].longest_gap(1e3, seen[0].watched_until()), 500.0),
                ]
            },
        },
        Row {
            name: "5 % loss in bursts of 4",
            secs: long,
            scripts: vec![json!([{"loss": 0.05, "burst": 4, "delay_ms": 20}])],
            wants: |seen| {
                let gaps = seen[0].gaps(1e3, seen[0].watched_until());
                let freezes = gaps.iter().filter(|gap| **gap > 500.0).count();
                vec![
                    least("fps", seen[0].fps(1e3, seen[0].watched_until()), 25.0),
                    most("freezes over 500 ms", freezes as f64, 2.0),
                    most("longest freeze, ms", gaps[0], 1000.0),
                ]
            },
        },
        Row {
            name: "40 ± 20 ms jitter with reordering",
            secs: long,
            scripts: vec![json!([{"delay_ms": 40, "jitter_ms": 20}])],
            wants: |seen| vec![least("fps", seen[0].fps(1e3, seen[0].watched_until()), 28.0)],
        },
        Row {
            name: "8 Mbps, then 0.5, then 8",
            secs: 45.0,
            scripts: vec![json!([
                {"bps": 8e6, "delay_ms": 20},
                {"from_ms": 10e3, "bps": 0.5e6, "delay_ms": 20},
                {"from_ms": 25e3, "bps": 8e6, "delay_ms": 20},
            ])],
            wants: |seen| {
                let before = seen[0].bps(4e3, 10e3);
                vec![
                    most("longest gap from 2 s after the fall, ms", seen[0].longest_gap(12e3, 25e3), 500.0),
                    most("queue from 3 s after the fall, ms", seen[0].longest_queue(13e3, 25e3), 400.0),
                    most("90 % of the bitrate after, ms", seen[0].reaches(25e3, 45e3, 0.9 * before), 10e3),
                ]
            },
        },
        Row {
            name: "150 kbps, 100 ms",
            secs: 40.0,
            scripts: vec![json!([{"bps": 150e3, "delay_ms": 100}])],
            wants: |seen| {
                vec![
                    least("fps", seen[0].fps(15e3, 40e3), 5.0),
                    most("width", seen[0].narrowest(15e3, 40e3), 1279.0),
                    most("answers p95, ms", seen[0].answers_p95(15e3, 40e3), 500.0),
                ]
            },
        },
        Row {
            name: "NAT rebinding",
            secs: 15.0,
            scripts: vec![json!([{"delay_ms": 5}, {"from_ms": 5e3, "delay_ms": 5, "rebinds": true}])],
            wants: |seen| {
                vec![
                    most("picture after, ms", seen[0].first_after(5050.0), 2000.0),
                    most("sessions lost", f64::from(u8::from(seen[0].is_over)), 0.0),
                ]
            },
        },
        Row {
            name: "a viewer on 1 Mbps beside a good one",
            secs: 20.0,
            scripts: vec![json!([{"delay_ms": 5}]), json!([{"bps": 1e6, "delay_ms": 20}])],
            wants: |seen| {
                vec![
                    least("fps of the good one", seen[0].fps(1e3, 20e3), 29.4),
                    least("Mbps of the good one", seen[0].bps(5e3, 20e3) / 1e6, 7.0),
                    least("fps of the slow one, in a rendition of its own", seen[1].fps(5e3, 20e3), 25.0),
                    most("longest freeze of the slow one, ms", seen[1].longest_gap(5e3, 20e3), 500.0),
                ]
            },
        },
        Row {
            name: "a viewer on 64 kbps beside a good one",
            secs: 20.0,
            scripts: vec![json!([{"delay_ms": 5}]), json!([{"bps": 64e3, "delay_ms": 50}])],
            wants: |seen| vec![least("fps of the good one", seen[0].fps(1e3, 20e3), 29.4)],
        },
        Row {
            name: "a viewer that stands still beside a good one",
            secs: 20.0,
            scripts: vec![json!([{"delay_ms": 5}]), json!([{}, {"from_ms": 3e3, "is_down": true}])],
            wants: |seen| vec![least("fps of the good one", seen[0].fps(1e3, 20e3), 29.4)],
        },
    ];
    rows.extend(
        [
            ("blackout of 3 s", 3e3, blackout::<3000, 500> as fn(&[Seen]) -> Vec<Want>),
            ("blackout of 12 s", 12e3, blackout::<12_000, 1000>),
            ("blackout of 25 s", 25e3, blackout::<25_000, 5000>),
        ]
        .map(|(name, ms, wants)| Row {
            name,
            secs: ms / 1e3 + 12.0,
            scripts: vec![json!([
                {"delay_ms": 20},
                {"from_ms": 4e3, "is_down": true},
                {"from_ms": 4e3 + ms, "delay_ms": 20},
            ])],
            wants,
        }),
    );
    rows
}

fn blackout<const MS: u32, const WANTED: u32>(seen: &[Seen]) -> Vec<Want> {
    vec![
        most("picture after, ms", seen[0].first_after(4e3 + f64::from(MS)), f64::from(WANTED)),
        most("sessions lost", f64::from(u8::from(seen[0].is_over)), 0.0),
    ]
}
