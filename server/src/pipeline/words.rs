//! Words on copies of frames: what viewers without a page over the picture read.
//!
//! Frames are shared, so words go onto a copy; whoever wants none gets the frame itself. Called where it keeps no socket
//! waiting.

use std::sync::{Mutex, PoisonError};

use telestage_media::hud::{Hud, Panel};

/// Lays out and keeps what was laid out.
#[derive(Default)]
pub struct Words {
    hud: Mutex<Hud>,
    /// A buffer that is used again: a fresh one costs more than the copy.
    spare: Mutex<Vec<u8>>,
}

impl Words {
    /// Calls `then` with a copy of `pixels` (RGBA without padding) that says what the panels say.
    pub fn onto<T>(
        &self,
        pixels: &[u8],
        size: [u32; 2],
        panels: &[Panel],
        then: impl FnOnce(&[u8]) -> T,
    ) -> T {
        let plates = self.hud.lock().unwrap_or_else(PoisonError::into_inner).plates(panels, size);
        if plates.is_empty() {
            return then(pixels);
        }
        let mut copy = std::mem::take(&mut *self.spare.lock().unwrap_or_else(PoisonError::into_inner));
        copy.clear();
        copy.extend_from_slice(pixels);
        plates.iter().for_each(|plate| plate.blend(&mut copy, size));
        let done = then(&copy);
        *self.spare.lock().unwrap_or_else(PoisonError::into_inner) = copy;
        done
    }
}
