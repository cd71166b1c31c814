//! A slot of one: the newest wins, what it replaces is counted and gone.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

struct Slot<T> {
    value: Option<T>,
    is_nudged: bool,
    is_closed: bool,
}

struct Shared<T> {
    slot: Mutex<Slot<T>>,
    bell: Condvar,
    replaced: AtomicU64,
}

/// One end of the slot; both ends are the same and cheap to clone.
pub struct Latest<T>(Arc<Shared<T>>);

impl<T> Clone for Latest<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// What waiting brought.
#[derive(Debug, PartialEq, Eq)]
pub enum Waited<T> {
    /// The newest value.
    New(T),
    /// Nothing within the time, or a nudge.
    Nothing,
    /// Nobody will put anything in again.
    Closed,
}

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self(Arc::new(Shared {
            slot: Mutex::new(Slot { value: None, is_nudged: false, is_closed: false }),
            bell: Condvar::new(),
            replaced: AtomicU64::new(0),
        }))
    }
}

impl<T> Latest<T> {
    fn lock(&self) -> MutexGuard<'_, Slot<T>> {
        self.0.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts `value` in place of whatever nobody has taken yet. Never waits.
    pub fn put(&self, value: T) {
        if self.lock().value.replace(value).is_some() {
            self.0.replaced.fetch_add(1, Ordering::Relaxed);
        }
        self.0.bell.notify_one();
    }

    /// Wakes whoever waits, once, without a value.
    pub fn nudge(&self) {
        self.lock().is_nudged = true;
        self.0.bell.notify_one();
    }

    /// Wakes whoever waits, for good.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.0.bell.notify_all();
    }

    /// Waits for a value, at most `timeout`.
    #[must_use]
    pub fn wait(&self, timeout: Duration) -> Waited<T> {
        let waiting = |slot: &mut Slot<T>| slot.value.is_none() && !slot.is_nudged && !slot.is_closed;
        let (mut slot, _) = self
            .0
            .bell
            .wait_timeout_while(self.lock(), timeout, waiting)
            .unwrap_or_else(PoisonError::into_inner);
        slot.is_nudged = false;
        match slot.value.take() {
            _ if slot.is_closed => Waited::Closed,
            Some(value) => Waited::New(value),
            None => Waited::Nothing,
        }
    }

    /// How many values were replaced before anybody took them.
    #[must_use]
    pub fn replaced(&self) -> u64 {
        self.0.replaced.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::ZERO;

    #[test]
    fn the_newest_wins_and_drops_are_counted() {
        let slot = Latest::default();
        slot.put(1);
        slot.put(2);
        assert_eq!(slot.wait(NOW), Waited::New(2));
        assert_eq!(slot.wait(NOW), Waited::Nothing);
        assert_eq!(slot.replaced(), 1);
    }

    #[test]
    fn a_nudge_ends_one_wait() {
        let slot = Latest::<u32>::default();
        slot.nudge();
        assert_eq!(slot.wait(Duration::from_secs(3600)), Waited::Nothing);
        slot.put(1);
        assert_eq!(slot.wait(Duration::from_secs(3600)), Waited::New(1));
    }

    #[test]
    fn closing_ends_the_wait() {
        let slot = Latest::<u32>::default();
        slot.close();
        assert_eq!(slot.wait(Duration::from_secs(3600)), Waited::Closed);
    }
}
