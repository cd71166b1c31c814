//! Pictures that come back: pixel buffers are used again once nobody else holds them.

use std::sync::Arc;

/// Buffers that are kept at most; a picture is held by the encoder, the snapshot and the last frame at once.
const KEPT: usize = 6;

/// Pixel buffers of one size, for whoever makes pictures.
#[derive(Default)]
pub struct Pool {
    buffers: Vec<Arc<[u8]>>,
}

impl Pool {
    /// A buffer of `bytes` that nobody else holds.
    #[must_use]
    pub fn take(&mut self, bytes: usize) -> Arc<[u8]> {
        self.buffers.retain(|b| b.len() == bytes);
        let free = self.buffers.iter().position(|b| Arc::strong_count(b) == 1 && Arc::weak_count(b) == 0);
        match free {
            Some(index) => self.buffers.swap_remove(index),
            None => vec![0; bytes].into(),
        }
    }

    /// Remembers a buffer that was handed out.
    pub fn keep(&mut self, buffer: Arc<[u8]>) {
        if self.buffers.len() < KEPT {
            self.buffers.push(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_used_again_only_when_it_was_let_go() {
        let mut pool = Pool::default();
        let first = pool.take(64);
        pool.keep(first.clone());
        let second = pool.take(64);
        assert!(!Arc::ptr_eq(&first, &second));
        pool.keep(second);
        let address = first.as_ptr();
        drop(first);
        assert!((0..2).map(|_| pool.take(64)).any(|b| b.as_ptr() == address));
    }
}
