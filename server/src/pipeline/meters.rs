//! What the pipeline has sent since the start: counted by the encode thread, read by whoever asks.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use telestage_media::Packet;

/// The stages that are timed, in the order in which a frame passes them.
pub const STAGES: [&str; 4] = ["queue", "render", "convert", "encode"];

/// Running counts.
#[derive(Debug, Default)]
pub struct Meters {
    units: AtomicU64,
    keys: AtomicU64,
    bytes: AtomicU64,
    nanos: [AtomicU64; STAGES.len()],
}

/// The counts at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Access units.
    pub units: u64,
    /// Of these, keyframes.
    pub keys: u64,
    /// Bytes of all.
    pub bytes: u64,
    /// Time spent in each of [`STAGES`].
    pub spent: [Duration; STAGES.len()],
}

impl Meters {
    /// Counts an access unit that left.
    pub fn count(&self, packet: &Packet) {
        let add = |to: &AtomicU64, value: u64| {
            to.fetch_add(value, Ordering::Relaxed);
        };
        add(&self.units, 1);
        add(&self.keys, u64::from(packet.key));
        add(&self.bytes, packet.data.len() as u64);
        let timings = &packet.timings;
        let spent = [timings.queue, timings.render, timings.convert, timings.encode];
        for (nanos, spent) in self.nanos.iter().zip(spent) {
            add(nanos, u64::try_from(spent.as_nanos()).unwrap_or(u64::MAX));
        }
    }

    /// Everything so far.
    #[must_use]
    pub fn read(&self) -> Counts {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counts {
            units: of(&self.units),
            keys: of(&self.keys),
            bytes: of(&self.bytes),
            spent: std::array::from_fn(|stage| Duration::from_nanos(of(&self.nanos[stage]))),
        }
    }
}

#[cfg(test)]
mod tests {
    use telestage_media::Timings;

    use super::*;

    #[test]
    fn access_units_and_their_times_add_up() {
        let meters = Meters::default();
        let timings = Timings { render: Duration::from_millis(3), ..Timings::default() };
        for (key, bytes) in [(true, 100), (false, 11)] {
            let data = vec![0; bytes].into();
            meters.count(&Packet { data, key, frame: 1, view_version: 1, size: [16, 16], timings });
        }
        let counts = meters.read();
        assert_eq!((counts.units, counts.keys, counts.bytes), (2, 1, 111));
        assert_eq!(counts.spent[1], Duration::from_millis(6));
    }
}
