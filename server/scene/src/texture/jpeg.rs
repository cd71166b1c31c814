//! JPEG: grey, YCbCr, RGB, CMYK and YCCK, to 8 bits.

use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::{Bytes, MAX_EDGE, Trouble, check_size};

/// Scans of a progressive file: more are only there to burn time.
const MAX_SCANS: usize = 100;

pub(super) fn decode(bytes: &[u8]) -> Result<Bytes, Trouble> {
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(MAX_EDGE as usize)
        .set_max_height(MAX_EDGE as usize)
        .jpeg_set_max_scans(MAX_SCANS);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(Trouble::broken)?;
    let info = decoder.info().ok_or_else(|| Trouble::broken("it has no header"))?;
    let size = check_size(info.width.into(), info.height.into())?;
    let (space, channels) = match decoder.input_colorspace() {
        Some(ColorSpace::Luma) => (ColorSpace::Luma, 1),
        // Everything in colour becomes RGB, which is what USD's own reader sees.
        _ => (ColorSpace::RGB, 3),
    };
    decoder.set_options(options.jpeg_set_out_colorspace(space));
    let samples = decoder.decode().map_err(Trouble::broken)?;
    if samples.len() as u64 != u64::from(size[0]) * u64::from(size[1]) * channels as u64 {
        return Err(Trouble::broken("it has fewer pixels than it says"));
    }
    Ok(Bytes { size, channels, samples, srgb_in_file: None, bits: 8 })
}
