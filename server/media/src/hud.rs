//! Words in the picture, for viewers that have no page over it: MJPEG in an `<img>`, snapshots for reports.
//!
//! A [`Panel`] says what is to be read; egui lays it out and tessellates it, and a small rasterizer of our own draws the
//! triangles into a [`Plate`], as large as the panel and no larger. A plate is kept while its panel says the same, so a
//! frame costs one blend of a few thousand pixels. Whoever wants no words never gets here.
//!
//! Knows no stage and no viewer: panels hold texts, numbers and directions.

mod layout;
mod plate;
mod raster;

use std::collections::VecDeque;
use std::sync::Arc;

use layout::Layout;
pub use plate::Plate;

/// Plates that are kept: three of each size that somebody watches in, and those of a moment ago.
const KEPT: usize = 24;
/// Smaller pictures have no room for words.
const LEAST_SIZE: [u32; 2] = [240, 135];

/// One corner's content.
#[derive(Clone, Debug, PartialEq)]
pub enum Panel {
    /// At the bottom left.
    Status {
        /// What is shown.
        title: String,
        /// More of it, apart by dots.
        facts: Vec<String>,
        /// What is under way, and how far, from 0 to 1.
        progress: Option<(String, f32)>,
    },
    /// At the top right.
    Corner {
        /// Where the X, Y and Z axes point: right, up, towards the viewer; each of length 1.
        axes: Option<[[f32; 3]; 3]>,
        /// A time code, if time means something.
        time: Option<String>,
    },
    /// In the middle: something that the viewer must know.
    Notice {
        /// In a few words.
        title: String,
        /// Why.
        detail: String,
    },
}

struct Kept {
    panel: Panel,
    size: [u32; 2],
    plate: Arc<Plate>,
}

/// Makes plates and remembers them.
#[derive(Default)]
pub struct Hud {
    // Fonts are read when the first words are wanted.
    layout: Option<Layout>,
    /// The one that was used last at the end.
    kept: VecDeque<Kept>,
}

impl Hud {
    /// What to blend onto a picture of this size.
    pub fn plates(&mut self, panels: &[Panel], size: [u32; 2]) -> Vec<Arc<Plate>> {
        if size[0] < LEAST_SIZE[0] || size[1] < LEAST_SIZE[1] {
            return Vec::new();
        }
        panels.iter().map(|panel| self.plate(panel, size)).collect()
    }

    fn plate(&mut self, panel: &Panel, size: [u32; 2]) -> Arc<Plate> {
        let found = self.kept.iter().position(|kept| kept.size == size && kept.panel == *panel);
        let kept = found.and_then(|at| self.kept.remove(at)).unwrap_or_else(|| Kept {
            panel: panel.clone(),
            size,
            plate: Arc::new(self.layout.get_or_insert_with(Layout::new).plate(panel, size)),
        });
        let plate = kept.plate.clone();
        if self.kept.len() >= KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(kept);
        plate
    }
}

#[cfg(test)]
mod tests;
