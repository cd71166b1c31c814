//! Bins: what each worker found for each tile, in records that the tile stage reads back.
//!
//! Each worker owns one [`Bins`] and keeps its memory from frame to frame. The order within a bin means nothing: the
//! visibility test decides ties by identity, so a picture does not depend on which worker took what.

/// Pixels along a tile's edge.
pub const TILE: usize = 64;
/// Pixels of a tile.
pub const TILE_AREA: usize = TILE * TILE;
/// Raster coordinates are integers of this fraction of a pixel.
pub const SUBPIXELS: i32 = 256;

/// One covered pixel of one triangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fragment {
    /// Within the tile, row by row.
    pub pixel: u32,
    /// Depth key.
    pub key: f32,
    /// Index of the visible instance.
    pub slot: u32,
    /// Triangle of its geometry.
    pub triangle: u32,
}

/// A triangle on the screen, turned so that its area is positive.
#[derive(Clone, Copy, Debug)]
pub struct ScreenTriangle {
    /// Columns and rows of the corners, in [`SUBPIXELS`].
    pub corners: [[i32; 2]; 3],
    /// Depth keys of the corners.
    pub keys: [f32; 3],
    /// Index of the visible instance.
    pub slot: u32,
    /// Triangle of its geometry.
    pub triangle: u32,
}

/// Where one kind of surface goes.
#[derive(Default)]
pub struct Layer {
    /// For each tile: covered pixels of tiny triangles.
    pub fragments: Vec<Vec<Fragment>>,
    /// For each tile: indices into `triangles`.
    pub lists: Vec<Vec<u32>>,
    /// Triangles that are not tiny.
    pub triangles: Vec<ScreenTriangle>,
}

/// One worker's findings.
#[derive(Default)]
pub struct Bins {
    tiles: [u32; 2],
    size: [u32; 2],
    /// What simply covers.
    pub solid: Layer,
    /// What is cut out or blended, after the solid is known.
    pub late: Layer,
}

impl Layer {
    fn reset(&mut self, tiles: usize) {
        for list in &mut self.fragments {
            list.clear();
        }
        for list in &mut self.lists {
            list.clear();
        }
        self.triangles.clear();
        self.fragments.resize_with(tiles, Vec::new);
        self.lists.resize_with(tiles, Vec::new);
    }
}

impl Bins {
    /// Empties the bins for a picture of `size` pixels.
    pub fn reset(&mut self, size: [u32; 2]) {
        self.size = size;
        self.tiles = size.map(|n| n.div_ceil(TILE as u32));
        let tiles = (self.tiles[0] * self.tiles[1]) as usize;
        self.solid.reset(tiles);
        self.late.reset(tiles);
    }

    /// Columns and rows of the picture.
    #[must_use]
    pub fn size(&self) -> [u32; 2] {
        self.size
    }

    /// True if there is anything for a tile.
    #[must_use]
    pub fn holds(&self, tile: usize) -> bool {
        [&self.solid, &self.late].into_iter().any(|layer| {
            layer.fragments.get(tile).is_some_and(|f| !f.is_empty())
                || layer.lists.get(tile).is_some_and(|l| !l.is_empty())
        })
    }

    /// Adds one covered pixel.
    #[inline(always)]
    pub fn push_fragment(&mut self, late: bool, at: [u32; 2], key: f32, slot: u32, triangle: u32) {
        let [x, y] = at;
        let tile = (y / TILE as u32) * self.tiles[0] + x / TILE as u32;
        let pixel = (y % TILE as u32) * TILE as u32 + x % TILE as u32;
        let layer = if late { &mut self.late } else { &mut self.solid };
        if let Some(list) = layer.fragments.get_mut(tile as usize) {
            list.push(Fragment { pixel, key, slot, triangle });
        }
    }

    /// Adds a triangle to every tile that its box touches; turns it and drops it if it has no area or misses every
    /// pixel's centre. `facing` is the sign of the area to keep; 0 keeps both.
    pub fn push_triangle(&mut self, late: bool, mut triangle: ScreenTriangle, facing: f32) {
        let [a, b, c] = triangle.corners.map(|p| p.map(i64::from));
        let area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
        if area == 0 || (facing > 0.0 && area < 0) || (facing < 0.0 && area > 0) {
            return;
        }
        if area < 0 {
            triangle.corners.swap(1, 2);
            triangle.keys.swap(1, 2);
        }
        let span = |axis: usize| {
            let [a, b, c] = triangle.corners.map(|p| p[axis]);
            let first = (a.min(b).min(c) + SUBPIXELS / 2 - 1).div_euclid(SUBPIXELS).max(0);
            let last =
                (a.max(b).max(c) - SUBPIXELS / 2).div_euclid(SUBPIXELS).min(self.size[axis] as i32 - 1);
            (first <= last).then(|| [first, last].map(|n| n as u32 / TILE as u32))
        };
        let (Some([left, right]), Some([top, bottom])) = (span(0), span(1)) else { return };
        let layer = if late { &mut self.late } else { &mut self.solid };
        let index = layer.triangles.len() as u32;
        layer.triangles.push(triangle);
        for row in top..=bottom {
            for column in left..=right {
                if let Some(list) = layer.lists.get_mut((row * self.tiles[0] + column) as usize) {
                    list.push(index);
                }
            }
        }
    }
}
