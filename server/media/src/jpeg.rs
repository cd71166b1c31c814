//! JPEG by libjpeg-turbo: for MJPEG streams and snapshots. Chroma at half size, baseline, no metadata.

use turbojpeg::{Compressor, Image, PixelFormat, Subsamp};

use crate::convert::{PictureError, check};

/// Writes JPEGs; keeps the library's state between pictures.
pub struct JpegEncoder {
    compressor: Compressor,
}

impl JpegEncoder {
    /// Opens the library.
    ///
    /// # Errors
    /// If it has no memory.
    pub fn new() -> Result<Self, PictureError> {
        let mut compressor = Compressor::new().map_err(failed)?;
        compressor.set_subsamp(Subsamp::Sub2x2).map_err(failed)?;
        Ok(Self { compressor })
    }

    /// One picture of RGBA pixels (alpha is ignored), `quality` from 1 to 100 (clamped).
    ///
    /// # Errors
    /// Pixels that do not match the size, or a size above 65500.
    pub fn encode(&mut self, rgba: &[u8], size: [u32; 2], quality: u8) -> Result<Vec<u8>, PictureError> {
        check(size, 4, rgba.len())?;
        self.compressor.set_quality(i32::from(quality.clamp(1, 100))).map_err(failed)?;
        let [width, height] = size.map(|side| side as usize);
        let image = Image { pixels: rgba, width, pitch: width * 4, height, format: PixelFormat::RGBA };
        self.compressor
            .compress_to_vec(image)
            .map_err(|error| PictureError::Size { size, reason: error.to_string() })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn failed(error: turbojpeg::Error) -> PictureError {
    PictureError::Convert(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_comes_back_with_its_size_and_colours() {
        let size = [64_u32, 48];
        let rgba: Vec<u8> = (0..64 * 48)
            .flat_map(|i| if i % 64 < 32 { [220, 30, 40, 255] } else { [20, 60, 200, 255] })
            .collect();
        let jpeg = JpegEncoder::new().unwrap().encode(&rgba, size, 90).unwrap();
        assert_eq!((&jpeg[..2], &jpeg[jpeg.len() - 2..]), (&[0xff, 0xd8][..], &[0xff, 0xd9][..]));
        let back = turbojpeg::decompress(&jpeg, PixelFormat::RGBA).unwrap();
        assert_eq!([back.width, back.height], [64, 48]);
        let close = |at: usize, wanted: [u8; 3]| {
            back.pixels[at * 4..at * 4 + 3]
                .iter()
                .zip(wanted)
                .all(|(found, wanted)| found.abs_diff(wanted) < 8)
        };
        assert!(close(64 * 20 + 10, [220, 30, 40]) && close(64 * 20 + 50, [20, 60, 200]));
    }

    #[test]
    fn quality_sets_the_size() {
        let rgba: Vec<u8> =
            (0..64_u32 * 64 * 4).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let mut encoder = JpegEncoder::new().unwrap();
        let sizes = [0, 30, 80, 255].map(|quality| encoder.encode(&rgba, [64, 64], quality).unwrap().len());
        assert!(sizes.is_sorted() && sizes[0] * 2 < sizes[3]);
    }

    #[test]
    fn pixels_that_do_not_match_the_size_are_refused() {
        let found = JpegEncoder::new().unwrap().encode(&[0; 12], [2, 2], 80);
        assert_eq!(found, Err(PictureError::Bytes { size: [2, 2], expected: 16, found: 12 }));
    }
}
