//! The line around what is selected: drawn over the finished picture, two pixels wide, only where it is seen.
//!
//! One bit for each pixel of a selected surface; the line is what the bits reach when they grow, less themselves.

use telestage_scene::{PrimId, Tables};

use super::bin::TILE;
use super::geometry::Stage;
use super::instance::Instance;
use super::visibility::{NOTHING, Tile};

/// The accent of the client, display-encoded.
const ACCENT: [u8; 3] = [0x7d, 0xb0, 0xff];

/// Bits of a tile's selected pixels, one word a row.
pub type Rows = [u64; TILE];

/// What is selected, and where the last picture shows it.
#[derive(Default)]
pub struct Outline {
    /// For each prim: selected, or below one that is.
    prims: Vec<bool>,
    /// For each visible instance of the picture.
    slots: Vec<bool>,
    /// Words of the whole picture, row by row.
    words: Vec<u64>,
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

    /// Bits of one tile.
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

    /// Puts the tiles' bits together. `tiles` come row by row, `across` in a row.
    pub fn collect<'a>(&mut self, tiles: impl Iterator<Item = &'a Rows>, across: usize) {
        self.words.clear();
        for (index, rows) in tiles.enumerate() {
            let (column, line) = (index % across, index / across * TILE);
            self.words.resize(self.words.len().max((line + TILE) * across), 0);
            for (y, row) in rows.iter().enumerate() {
                self.words[(line + y) * across + column] = *row;
            }
        }
    }

    /// Draws the line over a picture of `size` pixels: whole next to the surface, half a pixel further out.
    pub fn paint(&self, size: [u32; 2], pixels: &mut [u8]) {
        let across = (size[0] as usize).div_ceil(TILE);
        if self.words.is_empty() || across == 0 {
            return;
        }
        let word = |x: usize, y: Option<usize>| {
            let at = y.filter(|_| x < across).map(|y| y * across + x);
            at.and_then(|at| self.words.get(at)).copied().unwrap_or(0)
        };
        // A row grown by up to two pixels to both sides.
        let grown = |x: usize, y: Option<usize>, by: u32| {
            let (here, right) = (word(x, y), word(x + 1, y));
            let left = x.checked_sub(1).map_or(0, |x| word(x, y));
            (1..=by).fold(here, |all, n| {
                all | here << n | here >> n | left >> (TILE as u32 - n) | right << (TILE as u32 - n)
            })
        };
        for y in 0..size[1] as usize {
            let line = |dy: usize| [y.checked_sub(dy), Some(y + dy)];
            for x in 0..across {
                let own = word(x, Some(y));
                let near = grown(x, Some(y), 1) | line(1).iter().fold(0, |all, y| all | grown(x, *y, 1));
                let wide = grown(x, Some(y), 2)
                    | line(1).iter().fold(0, |all, y| all | grown(x, *y, 2))
                    | line(2).iter().fold(0, |all, y| all | grown(x, *y, 1));
                let (near, mut wide) = (near & !own, wide & !own);
                while wide != 0 {
                    let bit = wide.trailing_zeros() as usize;
                    wide &= wide - 1;
                    let column = x * TILE + bit;
                    if column >= size[0] as usize {
                        break;
                    }
                    let start = (y * size[0] as usize + column) * 4;
                    let Some(rgb) = pixels.get_mut(start..start + 3) else { continue };
                    for (value, accent) in rgb.iter_mut().zip(ACCENT) {
                        *value = if near >> bit & 1 != 0 {
                            accent
                        } else {
                            ((u16::from(*value) + u16::from(accent)) / 2) as u8
                        };
                    }
                }
            }
        }
    }
}
