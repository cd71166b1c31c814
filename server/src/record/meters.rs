//! What recordings have cost so far: counted by the recorder, read by whoever asks.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Running counts.
#[derive(Debug, Default)]
pub struct RecordMeters {
    is_on: AtomicBool,
    bytes: AtomicU64,
    gaps: AtomicU64,
}

/// The counts at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordCounts {
    /// Whether a file is open.
    pub is_on: bool,
    /// Bytes of all recordings since the start.
    pub bytes: u64,
    /// Times that a disk was so slow that pictures were left out up to a keyframe.
    pub gaps: u64,
}

impl RecordMeters {
    /// A file was opened or closed.
    pub fn note_on(&self, is_on: bool) {
        self.is_on.store(is_on, Ordering::Relaxed);
    }

    /// So many bytes more.
    pub fn note_bytes(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Pictures were left out.
    pub fn note_gap(&self) {
        self.gaps.fetch_add(1, Ordering::Relaxed);
    }

    /// Everything so far.
    #[must_use]
    pub fn read(&self) -> RecordCounts {
        RecordCounts {
            is_on: self.is_on.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            gaps: self.gaps.load(Ordering::Relaxed),
        }
    }
}
