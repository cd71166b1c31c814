//! Which of a client's inputs a frame shows.

use std::collections::VecDeque;

/// Versions remembered: more than can be between the newest input and the frame that shows it.
const REMEMBERED: usize = 256;

/// One client's `seq` numbers and the versions of the view that first show them.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// (version, seq), both growing.
    pending: VecDeque<(u64, u32)>,
    shown: u32,
    latest: u32,
}

impl Seen {
    /// `seq` shows in pictures from `version` on.
    pub fn push(&mut self, version: u64, seq: u32) {
        self.latest = self.latest.max(seq);
        match self.pending.back_mut() {
            Some((last, highest)) if *last >= version => *highest = self.latest,
            Some(_) | None => {
                if self.pending.len() == REMEMBERED {
                    self.pending.pop_front();
                }
                self.pending.push_back((version, self.latest));
            }
        }
    }

    /// The highest `seq` that a picture of `version` shows. Versions must not go back; an older one gets the answer of
    /// the newest.
    pub fn shown(&mut self, version: u64) -> u32 {
        while let Some(&(first, seq)) = self.pending.front()
            && first <= version
        {
            self.shown = seq;
            self.pending.pop_front();
        }
        self.shown
    }

    /// The highest `seq` so far.
    #[must_use]
    pub fn latest(&self) -> u32 {
        self.latest
    }
}
