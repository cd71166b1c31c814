//! A small picture with transparency, and where it lies on a larger one.

/// Pixels of one panel: RGBA, display-encoded, premultiplied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plate {
    from: [u32; 2],
    size: [u32; 2],
    pixels: Vec<u8>,
}

impl Plate {
    /// A transparent one from column and row `from` up to and without `to`.
    pub(super) fn new(from: [u32; 2], to: [u32; 2]) -> Self {
        let size = [to[0].saturating_sub(from[0]), to[1].saturating_sub(from[1])];
        Self { from, size, pixels: vec![0; size[0] as usize * size[1] as usize * 4] }
    }

    /// The first column and row that it covers.
    #[must_use]
    pub fn from(&self) -> [u32; 2] {
        self.from
    }

    /// The column and row behind the last that it covers.
    #[must_use]
    pub fn to(&self) -> [u32; 2] {
        [self.from[0] + self.size[0], self.from[1] + self.size[1]]
    }

    /// Its row `y` of the large picture, from column [`Self::from`] on.
    pub(super) fn row(&mut self, y: u32) -> &mut [u8] {
        let width = self.size[0] as usize * 4;
        &mut self.pixels[(y - self.from[1]) as usize * width..][..width]
    }

    /// Lays it over a picture: RGBA without padding, opaque. What does not lie on the picture is left out.
    pub fn blend(&self, pixels: &mut [u8], size: [u32; 2]) {
        let columns = self.size[0].min(size[0].saturating_sub(self.from[0])) as usize * 4;
        let rows = self.size[1].min(size[1].saturating_sub(self.from[1])) as usize;
        if columns == 0 {
            return;
        }
        let (width, stride) = (self.size[0] as usize * 4, size[0] as usize * 4);
        let start = self.from[1] as usize * stride + self.from[0] as usize * 4;
        let above = self.pixels.chunks_exact(width).take(rows);
        for (above, below) in above.zip(pixels.get_mut(start..).unwrap_or_default().chunks_mut(stride)) {
            let pairs = above[..columns].chunks_exact(4).zip(below.chunks_exact_mut(4));
            for (above, below) in pairs {
                over(below, above);
            }
        }
    }
}

/// Premultiplied `above` over `below`; the alpha of what is opaque stays 255.
#[inline]
pub(super) fn over(below: &mut [u8], above: &[u8]) {
    let rest = 255 - u16::from(above[3]);
    for (below, above) in below.iter_mut().zip(above) {
        let scaled = u16::from(*below) * rest + 128;
        *below = above.saturating_add(((scaled + (scaled >> 8)) >> 8) as u8);
    }
}
