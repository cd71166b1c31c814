//! The line around what is selected: drawn over the finished picture, two pixels wide around what is seen of it, and
//! dashed over what hides the rest.
//!
//! One bit for each pixel of a selected surface; the line is what the bits reach when they grow, less themselves. The
//! dashes are the same for the bits of `silhouette`, where the line is not.

use telestage_scene::{PrimId, Tables};

use super::bin::TILE;
use super::geometry::Stage;
use super::instance::Instance;
use super::visibility::{NOTHING, Tile};

/// The accent of the client, display-encoded.
const ACCENT: [u8; 3] = [0x7d, 0xb0, 0xff];

/// Where a word of the dashed line has its dashes in the first row; one pixel further in each row after that.
const DASHES: u64 = 0x0f0f_0f0f_0f0f_0f0f;

/// Bits of a tile's selected pixels, one word a row.
pub type Rows = [u64; TILE];

/// What is selected, and where the last picture shows it.
#[derive(Default)]
pub struct Outline {
    /// For each prim: selected, or below one that is.
    prims: Vec<bool>,
    /// For each visible instance of the picture.
    slots: Vec<bool>,
    /// Words of the whole picture, row by row: what is seen.
    words: Vec<u64>,
    /// The same, and besides what something hides.
    whole: Vec<u64>,
    /// Selected since the last picture.
    new: bool,
}

impl Outline {
    /// Selects `prims` with their descendants.
    pub fn select(&mut self, tables: &Tables, prims: &[PrimId]) {
        self.prims.clear();
        self.words.clear();
        self.new = true;
        if prims.is_empty() {
            return;
        }
        self.prims.resize(tables.prims.len(), false);
        for prim in prims {
            if let Some(flag) = self.prims.get_mut(*prim as usize) {
                *flag = true;
            }
        }
        // Parents come before their children.
        for (index, prim) in tables.prims.iter().enumerate() {
            if prim.parent.is_some_and(|p| self.prims.get(p as usize).copied().unwrap_or(false)) {
                self.prims[index] = true;
            }
        }
    }

    /// True if the selection changed since the last picture.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.new
    }

    /// True if the last picture shows nothing that is selected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Finds the selected ones among a new picture's instances; false if there are none.
    pub fn begin(&mut self, stage: &Stage, instances: &[Instance]) -> bool {
        self.slots.clear();
        self.words.clear();
        self.new = false;
        if self.prims.is_empty() {
            return false;
        }
        self.slots.extend(instances.iter().map(|instance| {
            let prim = stage.items.get(instance.item as usize).map(|item| item.prim);
            prim.is_some_and(|prim| self.prims.get(prim as usize).copied().unwrap_or(false))
        }));
        self.slots.contains(&true)
    }

    /// For each instance of the picture: selected.
    #[must_use]
    pub fn slots(&self) -> &[bool] {
        &self.slots
    }

    /// Bits of one tile: what is seen.
    pub fn mark(&self, planes: &Tile, rows: &mut Rows) {
        let mut last = (NOTHING, false);
        for (row, slots) in rows.iter_mut().zip(planes.slots.chunks_exact(TILE)) {
            *row = 0;
            for (x, slot) in slots.iter().enumerate() {
                if *slot != last.0 {
                    last = (*slot, self.slots.get(*slot as usize).copied().unwrap_or(false));
                }
                *row |= u64::from(last.1) << x;
            }
        }
    }

    /// Puts the tiles' bits together: what is seen, and that with what is hidden. `tiles` come row by row, `across` in a
    /// row.
    pub fn collect<'a>(&mut self, tiles: impl Iterator<Item = &'a [Rows; 2]>, across: usize) {
        self.words.clear();
        self.whole.clear();
        for (index, both) in tiles.enumerate() {
            let (column, line) = (index % across, index / across * TILE);
            for (words, rows) in [&mut self.words, &mut self.whole].into_iter().zip(both) {
                words.resize(words.len().max((line + TILE) * across), 0);
                for (y, row) in rows.iter().enumerate() {
                    words[(line + y) * across + column] = *row;
                }
            }
        }
        if self.whole == self.words {
            self.whole.clear();
        }
    }

    /// Draws the line over a picture of `size` pixels: whole next to the surface, half a pixel further out. Between the
    /// dashes of what is hidden it is faint, so that a line along a row of gaps does not vanish.
    pub fn paint(&self, size: [u32; 2], pixels: &mut [u8]) {
        let across = (size[0] as usize).div_ceil(TILE);
        if self.words.is_empty() || across == 0 {
            return;
        }
        let (seen, whole) = (Bits { words: &self.words, across }, Bits { words: &self.whole, across });
        for y in 0..size[1] as usize {
            for x in 0..across {
                let [near, wide] = seen.around(x, y);
                let hidden = if self.whole.is_empty() { 0 } else { whole.around(x, y)[0] & !wide };
                let full = near | hidden & DASHES.rotate_right((y % 8) as u32);
                let mut line = wide | hidden;
                while line != 0 {
                    let bit = line.trailing_zeros() as usize;
                    line &= line - 1;
                    let column = x * TILE + bit;
                    if column >= size[0] as usize {
                        break;
                    }
                    let start = (y * size[0] as usize + column) * 4;
                    let Some(rgb) = pixels.get_mut(start..start + 3) else { continue };
                    let is_in = |bits: u64| bits >> bit & 1 != 0;
                    let share = if is_in(full) {
                        4
                    } else if is_in(wide) {
                        2
                    } else {
                        1
                    };
                    for (value, accent) in rgb.iter_mut().zip(ACCENT) {
                        *value = ((u16::from(*value) * (4 - share) + u16::from(accent) * share) / 4) as u8;
                    }
                }
            }
        }
    }
}

/// Pixels of a picture, `across` words in a row.
struct Bits<'a> {
    words: &'a [u64],
    across: usize,
}

impl Bits<'_> {
    fn word(&self, x: usize, y: Option<usize>) -> u64 {
        let at = y.filter(|_| x < self.across).map(|y| y * self.across + x);
        at.and_then(|at| self.words.get(at)).copied().unwrap_or(0)
    }

    /// A row grown by up to two pixels to both sides.
    fn grown(&self, x: usize, y: Option<usize>, by: u32) -> u64 {
        let (here, right) = (self.word(x, y), self.word(x + 1, y));
        let left = x.checked_sub(1).map_or(0, |x| self.word(x, y));
        (1..=by).fold(here, |all, n| {
            all | here << n | here >> n | left >> (TILE as u32 - n) | right << (TILE as u32 - n)
        })
    }

    /// What the bits reach in this word when they grow by one pixel, and by almost two; without themselves.
    fn around(&self, x: usize, y: usize) -> [u64; 2] {
        let own = self.word(x, Some(y));
        let line = |dy: usize| [y.checked_sub(dy), Some(y + dy)];
        let grow = |dy: usize, by: u32| line(dy).iter().fold(0, |all, y| all | self.grown(x, *y, by));
        let near = self.grown(x, Some(y), 1) | grow(1, 1);
        let wide = self.grown(x, Some(y), 2) | grow(1, 2) | grow(2, 1);
        [near & !own, wide & !own]
    }
}
