//! Pictures at twice their size, quickly: for pictures that move and will be replaced in a moment.
//!
//! Bilinear with samples at pixel centres, so each new pixel is three parts its nearest old one and one part the next.
//! [`Scaler`](crate::Scaler) does any pair of sizes; this does one in a fifth of its time.

/// Doubles pictures; its memory is used again.
#[derive(Default)]
pub struct Doubler {
    /// A new row at the old width, with the outermost pixels repeated.
    line: Vec<u8>,
    /// The left and the right half of each old pixel.
    halves: [Vec<u8>; 2],
}

impl Doubler {
    /// Writes `rgba`, a picture of `from` columns and rows, to `out` at twice the size. Does nothing if either has
    /// another length.
    pub fn double(&mut self, rgba: &[u8], from: [u32; 2], out: &mut [u8]) {
        let row = from[0] as usize * 4;
        let rows = from[1] as usize;
        if row == 0 || rgba.len() != row * rows || out.len() != 4 * rgba.len() {
            return;
        }
        self.line.resize(row + 8, 0);
        for half in &mut self.halves {
            half.resize(row, 0);
        }
        let source = |index: usize| &rgba[index * row..][..row];
        for (index, target) in out.chunks_exact_mut(row * 2).enumerate() {
            let near = index / 2;
            let far = if index % 2 == 0 { near.saturating_sub(1) } else { (near + 1).min(rows - 1) };
            mix(source(near), source(far), &mut self.line[4..row + 4]);
            self.line.copy_within(4..8, 0);
            self.line.copy_within(row..row + 4, row + 4);
            let [left, right] = &mut self.halves;
            mix(&self.line[4..row + 4], &self.line[..row], left);
            mix(&self.line[4..row + 4], &self.line[8..], right);
            let pairs = left.as_chunks::<4>().0.iter().zip(right.as_chunks::<4>().0);
            for (pixels, (left, right)) in target.as_chunks_mut::<8>().0.iter_mut().zip(pairs) {
                pixels[..4].copy_from_slice(left);
                pixels[4..].copy_from_slice(right);
            }
        }
    }
}

/// Three parts `near`, one part `far`.
fn mix(near: &[u8], far: &[u8], out: &mut [u8]) {
    for ((out, near), far) in out.iter_mut().zip(near).zip(far) {
        // At most 4 x 255 + 2. Wrapping, because checks would keep the compiler from taking sixteen bytes at a time.
        let sum = u16::from(*near).wrapping_mul(3).wrapping_add(u16::from(*far)).wrapping_add(2);
        *out = (sum >> 2) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubled(rgba: &[u8], from: [u32; 2]) -> Vec<u8> {
        let mut out = vec![0; rgba.len() * 4];
        Doubler::default().double(rgba, from, &mut out);
        out
    }

    #[test]
    fn one_colour_stays_that_colour() {
        let out = doubled(&[255, 128, 1, 255].repeat(12), [4, 3]);
        assert!(out.chunks(4).all(|pixel| pixel == [255, 128, 1, 255]));
    }

    #[test]
    fn it_agrees_with_the_exact_scaler() {
        let from = [30, 20];
        let rgba: Vec<u8> = (0..30 * 20 * 4).map(|i| (i * 37 % 256) as u8).collect();
        let exact = crate::Scaler::new(from, [60, 40]).scale(&rgba).to_vec();
        let worst = exact.iter().zip(doubled(&rgba, from)).map(|(a, b)| a.abs_diff(b)).max();
        assert!(worst.is_some_and(|worst| worst <= 2), "{worst:?}");
    }

    #[test]
    fn a_picture_of_another_size_changes_nothing() {
        let mut out = vec![7; 8 * 8 * 4];
        Doubler::default().double(&[0; 10], [4, 4], &mut out);
        assert!(out.iter().all(|byte| *byte == 7));
    }
}
