//! RGBA pixels to I420, the planes that video encoders take: BT.709, limited range, chroma at half size.
//!
//! The matrix is the one that the encoders announce in their streams ([`crate::h264`]); change both or neither.

use yuv::{
    BufferStoreMut, YuvConversionMode, YuvPlanarImageMut, YuvRange, YuvStandardMatrix, rgba_to_yuv420,
};

use crate::frame::Frame;
use crate::scale::Scaler;

/// Why pixels cannot be read as a picture.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PictureError {
    /// The size and the number of bytes disagree.
    #[error("a picture of {}x{} needs {expected} bytes, not {found}", size[0], size[1])]
    Bytes {
        /// Columns and rows.
        size: [u32; 2],
        /// Bytes that the size asks for.
        expected: usize,
        /// Bytes that there are.
        found: usize,
    },
    /// A side is zero, or the file format cannot hold it.
    #[error("a picture of {}x{} cannot be stored: {reason}", size[0], size[1])]
    Size {
        /// Columns and rows.
        size: [u32; 2],
        /// The library's words.
        reason: String,
    },
    /// The conversion library said no.
    #[error("the picture cannot be converted: {0}")]
    Convert(String),
}

/// Checks that `found` units of pixel data are `channels` for each pixel of `size`.
pub(crate) fn check(size: [u32; 2], channels: usize, found: usize) -> Result<(), PictureError> {
    let expected = size[0] as usize * size[1] as usize * channels;
    if expected == 0 {
        return Err(PictureError::Size { size, reason: "both sides are at least 1".to_owned() });
    }
    if expected != found {
        return Err(PictureError::Bytes { size, expected, found });
    }
    Ok(())
}

/// Three planes, rows without padding: luma at full size, chroma at half size in both directions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct I420 {
    size: [u32; 2],
    y: Vec<u8>,
    u: Vec<u8>,
    v: Vec<u8>,
}

impl I420 {
    /// Black planes; `size` is even in both directions.
    #[must_use]
    pub fn new(size: [u32; 2]) -> Self {
        let pixels = size[0] as usize * size[1] as usize;
        Self { size, y: vec![16; pixels], u: vec![128; pixels / 4], v: vec![128; pixels / 4] }
    }

    /// Columns and rows of the luma plane.
    #[must_use]
    pub fn size(&self) -> [u32; 2] {
        self.size
    }

    /// Luma, one byte a pixel.
    #[must_use]
    pub fn y(&self) -> &[u8] {
        &self.y
    }

    /// Blue difference, one byte for each 2x2 pixels.
    #[must_use]
    pub fn u(&self) -> &[u8] {
        &self.u
    }

    /// Red difference, one byte for each 2x2 pixels.
    #[must_use]
    pub fn v(&self) -> &[u8] {
        &self.v
    }

    #[cfg(test)]
    pub(crate) fn set_planes(&mut self, y: Vec<u8>, u: Vec<u8>, v: Vec<u8>) {
        (self.y, self.u, self.v) = (y, u, v);
    }

    fn fill(&mut self, rgba: &[u8]) -> Result<(), PictureError> {
        let [width, height] = self.size;
        let mut planes = YuvPlanarImageMut {
            y_plane: BufferStoreMut::Borrowed(&mut self.y),
            y_stride: width,
            u_plane: BufferStoreMut::Borrowed(&mut self.u),
            u_stride: width / 2,
            v_plane: BufferStoreMut::Borrowed(&mut self.v),
            v_stride: width / 2,
            width,
            height,
        };
        let (range, matrix) = (YuvRange::Limited, YuvStandardMatrix::Bt709);
        rgba_to_yuv420(&mut planes, rgba, width * 4, range, matrix, YuvConversionMode::Balanced)
            .map_err(|error| PictureError::Convert(error.to_string()))
    }
}

/// Converts frames, scaling them first where the sizes differ; keeps its scratch memory between frames.
#[derive(Default)]
pub struct Converter {
    scaler: Option<Scaler>,
}

impl Converter {
    /// Fills `out` with `frame`.
    ///
    /// # Errors
    /// If the frame's pixels do not match its size.
    pub fn convert(&mut self, frame: &Frame, out: &mut I420) -> Result<(), PictureError> {
        check(frame.size, 4, frame.pixels.len())?;
        if frame.size == out.size {
            return out.fill(&frame.pixels);
        }
        let scaler = match self.scaler.take() {
            Some(scaler) if scaler.fits(frame.size, out.size) => self.scaler.insert(scaler),
            Some(_) | None => self.scaler.insert(Scaler::new(frame.size, out.size)),
        };
        out.fill(scaler.scale(&frame.pixels))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Timings;

    fn filled(size: [u32; 2], rgba: [u8; 4]) -> Frame {
        let pixels = rgba.repeat((size[0] * size[1]) as usize).into();
        Frame { number: 1, size, pixels, view_version: 0, timings: Timings::default() }
    }

    #[test]
    fn pure_colours_become_the_values_of_bt709_limited() {
        // ITU-R BT.709-6, sections 3.3 to 3.5, quantized to 8 bits.
        for (rgba, yuv) in [
            ([255, 0, 0, 255], [63, 102, 240]),
            ([0, 255, 0, 255], [173, 42, 26]),
            ([0, 0, 255, 255], [32, 240, 118]),
            ([255, 255, 255, 255], [235, 128, 128]),
            ([0, 0, 0, 255], [16, 128, 128]),
            ([128, 128, 128, 255], [126, 128, 128]),
        ] {
            let mut out = I420::new([32, 16]);
            Converter::default().convert(&filled([32, 16], rgba), &mut out).unwrap();
            for (plane, expected) in [out.y(), out.u(), out.v()].into_iter().zip(yuv) {
                assert!(
                    plane.iter().all(|&found| found.abs_diff(expected) <= 1),
                    "{rgba:?}: {} {yuv:?}",
                    plane[0]
                );
            }
        }
    }

    #[test]
    fn another_size_is_scaled_and_keeps_its_colour() {
        let mut converter = Converter::default();
        for size in [[64, 32], [16, 16], [50, 18]] {
            let mut out = I420::new([32, 16]);
            converter.convert(&filled(size, [255, 0, 0, 255]), &mut out).unwrap();
            assert!(out.v().iter().all(|&v| v.abs_diff(240) <= 1));
        }
    }

    #[test]
    fn pixels_that_do_not_match_the_size_are_refused() {
        let mut frame = filled([32, 16], [0; 4]);
        frame.size = [32, 18];
        let error = Converter::default().convert(&frame, &mut I420::new([32, 16])).unwrap_err();
        assert_eq!(error, PictureError::Bytes { size: [32, 18], expected: 2304, found: 2048 });
    }
}
