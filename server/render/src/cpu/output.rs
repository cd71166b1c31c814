//! The picture that tiles are written into, by several workers at once.
//!
//! `unsafe` is here because a tile's rows interleave with its neighbours' in memory, which slices cannot express.

use std::marker::PhantomData;

/// RGBA rows of a whole picture, lent to the tiles.
pub struct Output<'a> {
    pixels: *mut u8,
    size: [u32; 2],
    picture: PhantomData<&'a mut [u8]>,
}

// SAFETY: `span` hands out disjoint parts only, as its contract demands.
unsafe impl Send for Output<'_> {}
// SAFETY: as above.
unsafe impl Sync for Output<'_> {}

impl<'a> Output<'a> {
    /// Lends out `pixels`, if they are a picture of `size`.
    #[must_use]
    pub fn new(pixels: &'a mut [u8], size: [u32; 2]) -> Option<Self> {
        let bytes = size[0] as usize * size[1] as usize * 4;
        (pixels.len() == bytes).then_some(Self { pixels: pixels.as_mut_ptr(), size, picture: PhantomData })
    }

    /// Up to `count` pixels of a row from `column` on; empty outside the picture.
    ///
    /// # Safety
    /// No two spans that are alive at the same time may share a pixel.
    #[allow(clippy::mut_from_ref, reason = "the point of this type: disjoint parts, as the contract demands")]
    pub unsafe fn span(&self, column: u32, row: u32, count: u32) -> &mut [u8] {
        let [width, height] = self.size;
        if column >= width || row >= height {
            return &mut [];
        }
        let count = count.min(width - column) as usize * 4;
        let start = (row as usize * width as usize + column as usize) * 4;
        // SAFETY: within the borrowed picture by the checks above; not shared by this function's contract.
        unsafe { std::slice::from_raw_parts_mut(self.pixels.add(start), count) }
    }
}
