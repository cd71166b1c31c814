//! The visibility buffer of one tile: for each pixel the nearest triangle, nothing of its looks.

use super::bin::TILE_AREA;

/// In [`Tile::slots`] where nothing was drawn.
pub const NOTHING: u32 = u32::MAX;

/// One tile's planes, row by row.
pub struct Tile {
    /// Depth keys; larger is nearer.
    pub keys: Box<[f32; TILE_AREA]>,
    /// Index of the visible instance, or [`NOTHING`].
    pub slots: Box<[u32; TILE_AREA]>,
    /// Triangle of its geometry.
    pub triangles: Box<[u32; TILE_AREA]>,
    /// Every slot is [`NOTHING`]: many tiles stay so from frame to frame.
    is_blank: bool,
}

impl Default for Tile {
    fn default() -> Self {
        Self {
            keys: Box::new([0.0; TILE_AREA]),
            slots: Box::new([NOTHING; TILE_AREA]),
            triangles: Box::new([0; TILE_AREA]),
            is_blank: true,
        }
    }
}

impl Tile {
    /// Ready for surfaces: nothing nearer than `far_key` yet.
    pub fn clear(&mut self, far_key: f32) {
        self.blank();
        self.keys.fill(far_key);
        self.is_blank = false;
    }

    /// Shows nothing; before surfaces are put in, [`Tile::clear`].
    pub fn blank(&mut self) {
        if !self.is_blank {
            self.slots.fill(NOTHING);
            self.is_blank = true;
        }
    }

    /// True if a surface at `key` lies in front of the pixel's; equal depths are decided by identity, so that the
    /// order of drawing does not matter.
    #[inline(always)]
    #[must_use]
    pub fn is_nearer(&self, pixel: usize, key: f32, id: (u32, u32)) -> bool {
        let pixel = pixel % TILE_AREA;
        let old = self.keys[pixel];
        key > old || (key == old && id < (self.slots[pixel], self.triangles[pixel]))
    }

    /// Puts a surface into a pixel.
    #[inline(always)]
    pub fn set(&mut self, pixel: usize, key: f32, id: (u32, u32)) {
        let pixel = pixel % TILE_AREA;
        self.keys[pixel] = key;
        self.slots[pixel] = id.0;
        self.triangles[pixel] = id.1;
    }
}
